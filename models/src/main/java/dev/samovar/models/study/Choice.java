package dev.samovar.models.study;

import dev.samovar.models.mask.Mask;
import dev.samovar.models.metrics.Counts;
import dev.samovar.models.sam.Candidate;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/// The mask that is scored, of those that answer a prompt. If several are equally good, the first counts.
public enum Choice {
    /// The first in the decoder's order, which Mazurowski and others call SAM without an oracle.
    FIRST {
        @Override
        Candidate of(List<Candidate> answers, Mask truth) {
            return answers.getFirst();
        }
    },
    /// The one with the highest predicted IoU, which can be chosen without knowing the truth.
    PREDICTED {
        @Override
        Candidate of(List<Candidate> answers, Mask truth) {
            return best(answers, Candidate::iou);
        }
    },
    /// The one with the highest IoU with the truth, and so the highest Dice: the upper bound.
    ORACLE {
        @Override
        Candidate of(List<Candidate> answers, Mask truth) {
            return best(answers, answer -> Counts.of(answer.mask(), truth).iou());
        }
    };

    /// The mask chosen among one or more answers.
    abstract Candidate of(List<Candidate> answers, Mask truth);

    private static Candidate best(List<Candidate> answers, ToDoubleFunction<Candidate> score) {
        Candidate best = answers.getFirst();
        for (Candidate answer : answers) if (score.applyAsDouble(answer) > score.applyAsDouble(best)) best = answer;
        return best;
    }

    /// Its name in files and tables.
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
