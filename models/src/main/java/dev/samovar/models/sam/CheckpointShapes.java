package dev.samovar.models.sam;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.tensor.Shape;

/// The shapes in a checkpoint, from which a model's sizes are derived.
record CheckpointShapes(TensorFile file) {
    boolean has(String key) {
        return file.entries().containsKey(key);
    }

    Shape of(String key, int rank) {
        TensorFile.Entry entry = file.entries().get(key);
        if (entry == null) throw new FormatException(SamConfig.NOT_A_SAM + ": " + (file.unread().containsKey(key) ? "" : "it ") + file.lacks(key));
        if (entry.shape().rank() != rank || entry.shape().size() == 0)
            throw new FormatException(SamConfig.NOT_A_SAM + ": \"" + key + "\" has the shape " + entry.shape() + ", not " + rank
                    + " axes");
        return entry.shape();
    }
}
