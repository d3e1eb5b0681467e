package dev.samovar.models.scenes;

import dev.samovar.core.nn.Random;

/// A source of pictures with things in them: drawn by formulas, or read from a folder.
public interface SceneSource {

    /// A short description for reports.
    String describe();

    /// A picture whose longer side has `side` pixels. The same random numbers give the same picture on every machine. It may have no things at all.
    Scene draw(Random random, int side);
}
