package dev.samovar.models.metrics;

import java.util.Locale;

/// The metrics besides those of [Metric], if a [Scoring] asks for them. Each follows its formula, without penalties. A score that is not defined is
/// `NaN`, and no mean includes it.
///
/// | | defined unless | if only one of prediction and truth has the class |
/// |---|---|---|
/// | [#BOUNDARY_IOU] | neither has it | 0 |
/// | [#SENSITIVITY] | the truth lacks it | missed: 0 |
/// | [#PRECISION] | the prediction lacks it | spurious: 0 |
/// | [#VOLUME_DIFFERENCE] | the truth lacks it | missed: -1 |
/// | [#AJI], [#OBJECT_DICE] | neither has it | 0 |
public enum FurtherMetric {
    /// How well the boundaries agree, slice by slice ([BoundaryIou]): the number of pixels in both boundaries, divided by the number in either, over
    /// all slices.
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
    /// The share of the predicted voxels that belong to the class ([Counts#precision()]).
    PRECISION("Precision") {
        @Override
        double of(ClassScores scores) {
            return scores.counts().precision();
        }
    },
    /// How much too large the predicted volume is ([Counts#volumeDifference()]). It is the only metric that may be negative, if the volume is too
    /// small, and for which 0 is best.
    VOLUME_DIFFERENCE("Volume difference") {
        @Override
        double of(ClassScores scores) {
            return scores.counts().volumeDifference();
        }
    },
    /// How well the pieces of the class were found, each by itself, as the aggregated Jaccard index ([InstanceScores#aji()]). Voxels that touch, even
    /// at a corner, belong to one piece.
    AJI("AJI") {
        @Override
        double of(ClassScores scores) {
            return scores.further().pieces().aji();
        }
    },
    /// How well the pieces of the class were found, each by itself, as the object Dice ([InstanceScores#objectDice()]).
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

    /// Its name for people.
    public String title() {
        return title;
    }

    /// Its name in files: `boundary_iou`.
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
