package dev.samovar.models.metrics;

/// What a segmentation is scored by. A score that is not defined is `NaN`.
public enum Metric {
    /// Twice the overlap over the sum of both sizes ([Counts#dice()]).
    DICE("Dice") {
        @Override
        double of(ClassScores scores) {
            return scores.counts().dice();
        }
    },
    /// The overlap over the union ([Counts#iou()]), also called Jaccard index.
    IOU("IoU") {
        @Override
        double of(ClassScores scores) {
            return scores.counts().iou();
        }
    },
    /// The share of both surfaces that lies close to the other: normalised surface Dice ([SurfaceDistances#nsd()]).
    NSD("NSD") {
        @Override
        double of(ClassScores scores) {
            return scores.surfaces().nsd();
        }
    },
    /// How far apart the surfaces lie where they lie far apart ([SurfaceDistances#hd95()]).
    HD95("HD95") {
        @Override
        double of(ClassScores scores) {
            return scores.surfaces().hd95();
        }
    },
    /// How far apart the surfaces lie on average ([SurfaceDistances#assd()]).
    ASSD("ASSD") {
        @Override
        double of(ClassScores scores) {
            return scores.surfaces().assd();
        }
    };

    private final String title;

    Metric(String title) {
        this.title = title;
    }

    /// The score of a class that both prediction and truth contain.
    abstract double of(ClassScores scores);

    /// What people call it, with the unit if it has one: `HD95 (mm)`.
    public String title(Convention convention) {
        String unit = unit(convention);
        return unit.isEmpty() ? title : title + " (" + unit + ")";
    }

    /// What people call it.
    public String title() {
        return title;
    }

    /// Whether it is a length, 0 at best. The others are shares from 0 to 1.
    public boolean isDistance() {
        return this == HD95 || this == ASSD;
    }

    /// Whether more is better.
    public boolean higherIsBetter() {
        return !isDistance();
    }

    /// The unit: the convention's for a distance, none (`""`) for a share.
    public String unit(Convention convention) {
        return isDistance() ? convention.unit() : "";
    }
}
