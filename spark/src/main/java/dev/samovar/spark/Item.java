package dev.samovar.spark;

import java.io.Serializable;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One thing to work on: an image, and perhaps its label.
///
/// @param name its name, the same as on the command line
/// @param images the path of its file, or of one file for each channel
/// @param label the path of its label; null if there is none
record Item(String name, List<String> images, @Nullable String label) implements Serializable {
    /// Copies the list.
    Item { images = List.copyOf(images); }
}
