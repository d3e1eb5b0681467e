package dev.samovar.models.metrics;

import dev.samovar.imaging.LabelVolume;
import java.util.List;

/// What is compared, in which unit, and the scores of a class that the prediction or the truth does not contain.
///
/// | | [#MILLIMETRES] | [#PAPER] |
/// |---|---|---|
/// | compares | each volume, in three dimensions | all slices of a patient, one on another |
/// | on a grid of | its own voxels | 224 × 224 pixels a slice |
/// | a step is | the spacing of the voxels, in mm | 1 pixel, also from slice to slice |
/// | in neither | no score ("n/a"), counted | overlaps 1, distances 0 |
/// | in one only | overlaps 0, distances the diagonal of the volume | overlaps 0, distances 0 |
///
/// Distances are measured along the voxels' axes, which are assumed to be perpendicular: an oblique volume is measured correctly, a sheared one as if
/// it were not sheared.
public enum Convention {
    /// The default: scores in the patient's dimensions.
    MILLIMETRES("mm", "each volume in three dimensions, at the spacing of its voxels", "no score (n/a)",
            "overlaps 0, distances the diagonal of the volume") {
        @Override
        double absent(Metric metric) {
            return Double.NaN;
        }

        @Override
        double oneSided(Metric metric, double diagonal) {
            return metric.isDistance() ? diagonal : 0;
        }

        @Override
        String subject(String name) {
            return name;
        }

        @Override
        LabelPair pair(List<LabelVolume> predictions, List<LabelVolume> truths) {
            if (truths.size() != 1)
                throw new IllegalArgumentException("volumes are scored one by one, not " + truths.size() + " at a time");
            return LabelPair.of(predictions.getFirst(), truths.getFirst());
        }
    },

    /// The convention of the AutoSAM code, for numbers to compare with the paper's.
    ///
    /// All volumes named `NAME_frame…` belong to patient `NAME`; any other is the only one of its patient. Slices are cut across the axis of the
    /// largest spacing, and truth and prediction are both resized as that code resizes the truth ([dev.samovar.models.data.LabelResize]). In that
    /// code, predictions need no resizing, because the head's logits are resized. Labels hold less than logits; this way of resizing a label comes
    /// closer to the class of the largest logit than nearest neighbours do, and leaves a perfect prediction perfect. The distance of a missed class
    /// is 0, so it is better to miss a class than to find it badly: read HD95 and ASSD with care.
    ///
    /// Source: evaluate.py and scripts/main_autosam_seg.py of the AutoSAM code @ 50a6ff4, which have Dice and HD95; the other scores
    /// follow the same rules.
    PAPER("paper", "the slices of each patient at 224 × 224, one on another", "overlaps 1, distances 0",
            "overlaps 0, distances 0") {
        @Override
        double absent(Metric metric) {
            return metric.isDistance() ? 0 : 1;
        }

        @Override
        double oneSided(Metric metric, double diagonal) {
            return 0;
        }

        @Override
        String subject(String name) {
            int frame = name.indexOf("_frame");
            return frame > 0 ? name.substring(0, frame) : name;
        }

        @Override
        LabelPair pair(List<LabelVolume> predictions, List<LabelVolume> truths) {
            return LabelPair.slices(predictions, truths, 224);
        }
    };

    private final String title;
    private final String compared;
    private final String ifAbsent;
    private final String ifOneSided;

    Convention(String title, String compared, String ifAbsent, String ifOneSided) {
        this.title = title;
        this.compared = compared;
        this.ifAbsent = ifAbsent;
        this.ifOneSided = ifOneSided;
    }

    /// Its name on the command line and in files: `"mm"` or `"paper"`.
    @Override
    public String toString() {
        return title;
    }

    /// What is compared, in words.
    public String compared() {
        return compared;
    }

    /// The score of a class that neither prediction nor truth contains, in words.
    public String ifAbsent() {
        return ifAbsent;
    }

    /// The score of a class that only one of them contains, in words.
    public String ifOneSided() {
        return ifOneSided;
    }

    /// The score of a class that neither prediction nor truth contains; `NaN` for none.
    abstract double absent(Metric metric);

    /// The score of a class that only one of them contains.
    abstract double oneSided(Metric metric, double diagonal);

    /// The subject of the volume with this name: the volumes of one subject are scored together.
    abstract String subject(String name);

    /// The pair to compare, from the volumes of a subject.
    abstract LabelPair pair(List<LabelVolume> predictions, List<LabelVolume> truths);
}
