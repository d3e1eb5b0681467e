package dev.samovar.models.methods;

import dev.samovar.core.io.FormatException;

/// How a learning rate falls, epoch by epoch.
public sealed interface Course {
    /// It does not fall.
    record Constant() implements Course {
        @Override
        public String toString() {
            return "constant";
        }
    }

    /// It falls to a tenth whenever the loss of the last batch has not fallen for more than ten epochs in a row; the first ten epochs of a run do not count.
    record Plateau() implements Course {
        @Override
        public String toString() {
            return "plateau";
        }
    }

    /// It falls to a tenth after every `every` epochs.
    ///
    /// @param every at least 1
    record Step(int every) implements Course {
        /// Checks the number.
        ///
        /// @throws FormatException if it is out of range
        public Step {
            if (every < 1) throw new FormatException("a learning rate falls after at least one epoch, not after " + every);
        }

        @Override
        public String toString() {
            return "step:" + every;
        }
    }

    /// It falls along half a period of the cosine, which ends with the run.
    record Cosine() implements Course {
        @Override
        public String toString() {
            return "cosine";
        }
    }

    /// Parses the result of [Object#toString()].
    ///
    /// @throws FormatException if it is none of them
    static Course of(String text) {
        return switch (text) {
            case "constant" -> new Constant();
            case "plateau" -> new Plateau();
            case "cosine" -> new Cosine();
            case String step when step.matches("step:\\d{1,6}") -> new Step(Integer.parseInt(step.substring(5)));
            default -> throw new FormatException("a learning rate goes by constant, plateau, cosine or step:N, not by "
                    + FormatException.shown(text));
        };
    }
}
