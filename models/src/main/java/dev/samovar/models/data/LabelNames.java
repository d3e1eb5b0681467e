package dev.samovar.models.data;

import java.util.List;
import java.util.Set;

/// The names that the label of a picture may have: its own, or one with an ending that says what it is.
final class LabelNames {
    /// What may follow the name of the picture; `_segmentation` is ISIC's, and 3D Slicer saves segmentations as `NAME.seg.nrrd`.
    static final List<String> SUFFIXES = List.of("", "_mask", "_label", "_seg", "_gt", "_segmentation", ".seg");

    private LabelNames() {}

    /// The labels that may belong to a picture: one, if all is well. A name with an ending that is a picture's own, too, belongs to that one.
    static List<String> of(String picture, Set<String> labels, Set<String> pictures) {
        return SUFFIXES.stream().map(suffix -> picture + suffix).filter(labels::contains)
                .filter(label -> label.equals(picture) || !pictures.contains(label)).toList();
    }
}
