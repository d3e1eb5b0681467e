package dev.samovar.models.scenes;

import dev.samovar.core.nn.Random;

/// Pictures like photographs: a background, and things of any form and surface in front of it and of each other, some with parts, with shadows and
/// light.
public final class Photographs implements SceneSource {
    private static final double CONTRAST = 16;                                     // of 255: how much the first colour differs from what is behind, at least
    private static final int TRIES = 4;

    /// Draws them.
    public Photographs() {}

    @Override
    public String describe() {
        return "photographs";
    }

    @Override
    public Scene draw(Random random, int side) {
        Canvas canvas = new Canvas(side);
        background(canvas, random);
        int things = 2 + random.below(8);
        for (int i = 0; i < things; i++) thing(canvas, random);
        finish(canvas, random);
        return Finish.frame(canvas, random);
    }

    /// A surface, and often another one below a horizon.
    static void background(Canvas canvas, Random random) {
        int side = canvas.side;
        canvas.fill(Material.any(random, side));
        if (random.below(2) == 0) {
            double left = side * random.uniform(0.2, 0.9), right = left + side * random.uniform(-0.2, 0.2);
            canvas.decorate(new Form.Polygon(new double[]{-9, side + 9, side + 9, -9}, new double[]{left, right, side + 9, side + 9}),
                    Material.any(random, side));
        }
    }

    private static void thing(Canvas canvas, Random random) {
        int side = canvas.side;
        double radius = side * 0.04 * StrictMath.exp(random.uniform() * 2.3), x = side * random.uniform(), y = side * random.uniform();
        Form form = Forms.any(random, x, y, radius);
        if (random.below(3) == 0)
            canvas.shade(form, random.uniform(-0.3, 0.3) * radius, random.uniform(0, 0.3) * radius, 2 + 0.4 * radius * random.uniform(),
                    random.uniform(0.4, 0.8));
        int thing = canvas.paint(form, visible(canvas, random, x, y, 2 * radius), Canvas.NOTHING);
        if (random.below(4) == 0) {                                                // an outline, as in a drawing
            Material ink = new Material(Material.Pattern.PLAIN, Material.colour(random), new double[3], 1, 0, 0, random);
            canvas.decorate(new Form.Without(form, new Form.Shrunk(form, random.uniform(1, 2.5))), ink);
        }
        int parts = radius < side * 0.07 ? 0 : Math.max(0, random.below(5) - 1);
        for (int p = 0; p < parts; p++) {
            Form part = Forms.within(random, form, false);
            Form.Extent e = part.extent();
            int made = canvas.paint(part, visible(canvas, random, e.x(), e.y(), e.width()), thing);
            if (random.below(4) == 0)
                canvas.paint(Forms.within(random, part, false), visible(canvas, random, e.x(), e.y(), e.width()), made);
        }
    }

    /// A material that is visible in that place.
    static Material visible(Canvas canvas, Random random, double x, double y, double size) {
        double[] behind = canvas.colour(x, y);
        Material material = Material.any(random, size);
        for (int i = 0; i < TRIES && material.contrast(behind) < CONTRAST; i++) material = Material.any(random, size);
        return material;
    }

    /// Adds blur, tone and noise as cameras do, good and bad ones; some pictures become grey.
    static void finish(Canvas canvas, Random random) {
        Finish.blur(canvas, random.below(2) == 0 ? 0 : 1 + random.below(4));
        if (random.below(5) == 0) Finish.grey(canvas);
        Finish.tone(canvas, random);
        Finish.noise(canvas, random, 14 * random.uniform() * random.uniform(), random.below(2) == 0);
    }
}
