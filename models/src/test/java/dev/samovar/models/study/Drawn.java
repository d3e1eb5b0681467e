package dev.samovar.models.study;

import dev.samovar.models.mask.Mask;

/// Masks by a formula.
final class Drawn {
    private Drawn() {}

    interface Shape {
        boolean holds(int x, int y);
    }

    static Mask of(int height, int width, Shape shape) {
        boolean[] pixels = new boolean[height * width];
        for (int i = 0; i < pixels.length; i++) pixels[i] = shape.holds(i % width, i / width);
        return new Mask(height, width, pixels);
    }
}
