package dev.samovar.models.scenes;

import dev.samovar.core.nn.Random;

/// Where pictures with things in them come from: drawn by formulas, or read from a folder.
public interface SceneSource {

    /// In a few words, for reports.
    String describe();

    /// A picture whose longer side has `side` pixels. The same random numbers give the same picture on every machine. It may have no thing at all.
    Scene draw(Random random, int side);
}
