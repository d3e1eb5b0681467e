package dev.samovar.imaging;

/// What a [Geometry] was read from, so that a file for the same grid can repeat it: a NIfTI header, a series of DICOM images. Each format has its own, and one
/// that finds another's writes the affine.
public interface GridSource {}
