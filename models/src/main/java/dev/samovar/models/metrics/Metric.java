package dev.samovar.models.metrics;

/// The metrics of a segmentation. A score that is not defined is `NaN`.
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
    /// Normalised surface Dice: the share of both surfaces that is close to the other surface ([SurfaceDistances#nsd()]).
    NSD("NSD") {
        @Override
        double of(ClassScores scores) {
            return scores.surfaces().nsd();
        }
    },
    /// The 95th percentile of the distances between the surfaces ([SurfaceDistances#hd95()]).
    HD95("HD95") {
        @Override
        double of(ClassScores scores) {
            return scores.surfaces().hd95();
        }
    },
    /// The mean distance between the surfaces ([SurfaceDistances#assd()]).
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

    /// Its name for people, with the unit if it has one: `HD95 (mm)`.
    ///
    /// @param unit of distances, as of [Evaluation#unit()]
    public String title(String unit) {
        return isDistance() ? title + " (" + unit + ")" : title;
    }

    /// Its name for people.
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
}
