package dev.samovar.models.scenes;

import dev.samovar.core.nn.Random;
import java.util.ArrayList;
import java.util.List;

/// Cells under a microscope, as in fluorescence, staining or phase contrast: many of one kind, which touch but hardly cover each other. Most have a
/// nucleus as a part.
public final class Cells implements SceneSource {
    /// The kind of microscopy.
    private enum Look {
        FLUORESCENT, STAINED, PHASE
    }

    private static final int TRIES = 12;

    /// Draws them.
    public Cells() {}

    @Override
    public String describe() {
        return "cells";
    }

    @Override
    public Scene draw(Random random, int side) {
        Look look = Look.values()[random.below(3)];
        Canvas canvas = new Canvas(side);
        double[] light = Material.colour(random), ground = ground(look, random);
        canvas.fill(surface(ground, random.uniform(0, 0.15), side, random));
        double typical = side * random.uniform(0.035, 0.13), squeeze = random.uniform(0.55, 1), rough = random.uniform(0, 0.25);
        int many = (int) Math.clamp(random.uniform(0.15, 0.6) * side * side / (3 * typical * typical), 3, 45);
        boolean nuclei = random.below(3) > 0;
        List<double[]> there = new ArrayList<>();
        for (int i = 0; i < many * TRIES && there.size() < many; i++) {
            double radius = typical * random.uniform(0.75, 1.3), x = side * random.uniform(), y = side * random.uniform();
            if (there.stream().anyMatch(o -> (o[0] - x) * (o[0] - x) + (o[1] - y) * (o[1] - y) < square(0.85 * (o[2] + radius)))) continue;
            there.add(new double[]{x, y, radius});
            cell(canvas, look, light, ground, Forms.blob(random, x, y, radius, rough, squeeze), radius, nuclei, random);
        }
        Finish.blur(canvas, random.below(4));
        Finish.tone(canvas, random);
        Finish.noise(canvas, random, look == Look.STAINED ? random.uniform(0, 7) : random.uniform(2, 16), look == Look.STAINED);
        return Finish.frame(canvas, random);
    }

    private static double square(double x) {
        return x * x;
    }

    private static double[] ground(Look look, Random random) {
        return switch (look) {
            case FLUORESCENT -> grey(random.uniform(2, 40));
            case STAINED -> new double[]{random.uniform(215, 250), random.uniform(190, 245), random.uniform(210, 250)};
            case PHASE -> grey(random.uniform(90, 170));
        };
    }

    private static double[] grey(double value) {
        return new double[]{value, value, value};
    }

    private static Material surface(double[] colour, double change, double size, Random random) {
        double[] other = {colour[0] * (1 + change), colour[1] * (1 + change), colour[2] * (1 + change)};
        return new Material(Material.Pattern.MOTTLED, colour, other, Math.max(2.5, size / 4), random.uniform(0, 0.2), 0, random);
    }

    private static void cell(Canvas canvas, Look look, double[] light, double[] ground, Form body, double radius, boolean nucleus,
            Random random) {
        double bright = random.uniform(0.35, 1);
        double[] plasma = switch (look) {
            case FLUORESCENT -> mixed(ground, boosted(light), bright * 0.7);
            case STAINED -> mixed(ground, new double[]{random.uniform(170, 215), random.uniform(90, 140), random.uniform(150, 190)}, bright
                    * 0.8);
            case PHASE -> grey(ground[0] * (1 + (random.below(2) == 0 ? 0.3 : -0.3) * bright));
        };
        if (look == Look.PHASE) canvas.shade(body, 0, 0, 0.5 * radius, 1.25);      // the halo
        int thing = canvas.paint(body, surface(plasma, random.uniform(-0.3, 0.3), radius, random), Canvas.NOTHING);
        if (look != Look.FLUORESCENT && random.below(2) == 0)
            canvas.decorate(new Form.Without(body, new Form.Shrunk(body, 1.3)), surface(mixed(plasma, grey(30), 0.4), 0, radius, random));
        if (!nucleus) return;
        double[] core = switch (look) {
            case FLUORESCENT -> mixed(plasma, boosted(new double[]{light[2], light[0], light[1]}), 0.75);
            case STAINED -> new double[]{random.uniform(70, 120), random.uniform(40, 80), random.uniform(110, 160)};
            case PHASE -> grey(plasma[0] * random.uniform(0.55, 0.8));
        };
        Form.Extent e = body.extent();
        double x = e.x() + random.uniform(-0.2, 0.2) * radius, y = e.y() + random.uniform(-0.2, 0.2) * radius;
        Form inner = Forms.blob(random, x, y, radius * random.uniform(0.3, 0.55), 0.05, random.uniform(0.7, 1));
        canvas.paint(new Form.Common(inner, new Form.Shrunk(body, 1)), surface(core, random.uniform(-0.3, 0.3), radius / 2, random), thing);
    }

    private static double[] mixed(double[] one, double[] other, double share) {
        return new double[]{one[0] + share * (other[0] - one[0]), one[1] + share * (other[1] - one[1]), one[2] + share * (other[2]
                - one[2])};
    }

    /// The brightest colour of the same hue.
    private static double[] boosted(double[] colour) {
        double most = Math.max(1, Math.max(colour[0], Math.max(colour[1], colour[2])));
        return new double[]{colour[0] * 255 / most, colour[1] * 255 / most, colour[2] * 255 / most};
    }
}
