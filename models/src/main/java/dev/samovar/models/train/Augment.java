package dev.samovar.models.train;

import dev.samovar.core.io.FormatException;

/// How often training sees a slice with another brightness and shape ([dev.samovar.models.augment.Augmentation]).
public sealed interface Augment {

    /// Never: every epoch sees the same embeddings.
    record None() implements Augment {
        @Override
        public String toString() {
            return "none";
        }
    }

    /// `count` views of each slice are drawn, embedded once, and used in turn: epoch `e` sees view `e mod count`.
    ///
    /// @param count 1 to 1000
    record Views(int count) implements Augment {
        /// Checks the count.
        ///
        /// @throws FormatException if it is out of range
        public Views {
            if (count < 1 || count > 1000) throw new FormatException("a slice has 1 to 1000 augmented views, not " + count);
        }

        @Override
        public String toString() {
            return "views:" + count;
        }
    }

    /// A new view in every epoch, as in the paper. Every slice goes through the encoder in every epoch, and nothing is cached.
    record Online() implements Augment {
        @Override
        public String toString() {
            return "online";
        }
    }

    /// Parses the result of [Object#toString()].
    ///
    /// @throws FormatException if it is none of them
    static Augment of(String text) {
        if (text.equals("none")) return new None();
        if (text.equals("online")) return new Online();
        if (text.matches("views:\\d{1,6}")) return new Views(Integer.parseInt(text.substring(6)));
        throw new FormatException("augmentation is none, views:N or online, not " + FormatException.shown(text));
    }
}
