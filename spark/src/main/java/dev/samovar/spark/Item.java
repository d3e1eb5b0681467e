package dev.samovar.spark;

import java.io.Serializable;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One thing to work on: an image, and perhaps its label.
///
/// @param name what it is called, as the command line would call it
/// @param images where its file lies, or one for each of its channels
/// @param label where its label lies; null if there is none
record Item(String name, List<String> images, @Nullable String label) implements Serializable {
    /// Copies the list.
    Item { images = List.copyOf(images); }
}
