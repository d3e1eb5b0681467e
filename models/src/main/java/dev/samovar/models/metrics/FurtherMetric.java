package dev.samovar.models.metrics;

import java.util.Locale;

/// What a segmentation is scored by besides a [Metric], where a [Scoring] asks for it: each as its formula says, without penalties. A score that is not defined is `NaN`, and no mean takes it.
///
/// | | defined unless | where only one of prediction and truth has the class |
/// |---|---|---|
/// | [#BOUNDARY_IOU] | neither has it | 0 |
/// | [#SENSITIVITY] | the truth lacks it | missed: 0 |
/// | [#PRECISION] | the prediction lacks it | spurious: 0 |
/// | [#VOLUME_DIFFERENCE] | the truth lacks it | missed: -1 |
/// | [#AJI], [#OBJECT_DICE] | neither has it | 0 |
public enum FurtherMetric {
    /// How well the boundaries meet, slice by slice ([BoundaryIou]): the pixels that the boundaries of all slices have in common over those that they have together.
    BOUNDARY_IOU("Boundary IoU") {
        @Override
        double of(ClassScores scores) {
            return scores.further().boundaryIou();
        }
    },
    /// The share of the class that was found ([Counts#sensitivity()]).
    SENSITIVITY("Sensitivity") {
        @Override
        double of(ClassScores scores) {
            return scores.counts().sensitivity();
        }
    },
    /// The share of what was found that is the class ([Counts#precision()]).
    PRECISION("Precision") {
        @Override
        double of(ClassScores scores) {
            return scores.counts().precision();
        }
    },
    /// How much too large the predicted volume is ([Counts#volumeDifference()]): the only one of which less than 0 is too little, and 0 best.
    VOLUME_DIFFERENCE("Volume difference") {
        @Override
        double of(ClassScores scores) {
            return scores.counts().volumeDifference();
        }
    },
    /// How well the pieces of the class were found, each by itself ([InstanceScores#aji()]). Voxels that touch, at a corner at least, are of one piece.
    AJI("AJI") {
        @Override
        double of(ClassScores scores) {
            return scores.further().pieces().aji();
        }
    },
    /// Likewise ([InstanceScores#objectDice()]).
    OBJECT_DICE("Object Dice") {
        @Override
        double of(ClassScores scores) {
            return scores.further().pieces().objectDice();
        }
    };

    private final String title;

    FurtherMetric(String title) {
        this.title = title;
    }

    /// The score of a class; `NaN` if there is none.
    abstract double of(ClassScores scores);

    /// What people call it.
    public String title() {
        return title;
    }

    /// Its name in files: `boundary_iou`.
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
