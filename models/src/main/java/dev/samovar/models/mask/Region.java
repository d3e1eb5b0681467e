package dev.samovar.models.mask;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// An object in a picture, for programs that show it.
///
/// @param name its name
/// @param label its class or number, from 1, which chooses its colour
/// @param mask its pixels
/// @param measurements numbers about it, by name
/// @param page the page of a stack that it lies on, from 0; null if the picture has no others
public record Region(String name, int label, Mask mask, Map<String, Double> measurements, @Nullable Integer page) {
    /// In a picture without other pages.
    public Region(String name, int label, Mask mask, Map<String, Double> measurements) {
        this(name, label, mask, measurements, null);
    }

    /// Keeps the order of the measurements, and leaves out those that are NaN.
    public Region {
        Map<String, Double> finite = new LinkedHashMap<>(measurements);
        finite.values().removeIf(value -> !Double.isFinite(value));
        measurements = finite;
    }
}
