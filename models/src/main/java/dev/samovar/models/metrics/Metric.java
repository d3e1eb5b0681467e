package dev.samovar.models.metrics;

/// What a segmentation is scored by. A score that is not defined is `NaN`.
public enum Metric {
    /// Twice the overlap over the sum of both sizes ([Counts#dice()]).
    DICE("Dice") {
        @Override
        public double of(Counts counts) {
            return counts.dice();
        }
    },
    /// The overlap over the union ([Counts#iou()]), also called Jaccard index.
    IOU("IoU") {
        @Override
        public double of(Counts counts) {
            return counts.iou();
        }
    };

    private final String title;

    Metric(String title) {
        this.title = title;
    }

    /// The score of a class.
    public abstract double of(Counts counts);

    /// What people call it.
    public String title() {
        return title;
    }
}
