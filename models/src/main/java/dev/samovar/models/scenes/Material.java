package dev.samovar.models.scenes;

import dev.samovar.core.nn.Random;
import dev.samovar.models.data.PhantomTexture;

/// The look of a thing: two colours in a pattern, and the fall of the light.
final class Material {
    /// The ways in which two colours share a surface.
    enum Pattern {
        PLAIN, MOTTLED, STRIPED, SPOTTED, CHECKED, VEINED
    }

    private static final double RIM = 5;                                           // pixels from the edge within which it darkens

    private final Pattern pattern;
    private final double[] one, two;
    private final PhantomTexture texture;
    private final double scale, cos, sin, lightX, lightY, rim;

    /// @param one the first colour, red, green, blue from 0 to 255
    /// @param two the other
    /// @param scale pixels over which the pattern changes
    /// @param shade how much darker or brighter it becomes over 100 pixels, as a share
    /// @param rim how much darker the edge is, as a share
    Material(Pattern pattern, double[] one, double[] two, double scale, double shade, double rim, Random random) {
        this.pattern = pattern;
        this.one = one;
        this.two = two;
        this.scale = 1 / scale;
        this.rim = rim;
        texture = new PhantomTexture(random);
        double turn = random.uniform(0, 2 * Math.PI), light = random.uniform(0, 2 * Math.PI);
        cos = StrictMath.cos(turn);
        sin = StrictMath.sin(turn);
        lightX = shade / 100 * StrictMath.cos(light);
        lightY = shade / 100 * StrictMath.sin(light);
    }

    /// A random material.
    ///
    /// @param size of the thing that it covers, in pixels
    static Material any(Random random, double size) {
        double[] one = colour(random);
        Pattern pattern = random.below(3) == 0 ? Pattern.values()[random.below(Pattern.values().length)] : Pattern.MOTTLED;
        double strength = random.uniform(0.1, 1) * random.uniform();
        double[] other = colour(random), two = new double[3];
        for (int c = 0; c < 3; c++) two[c] = one[c] + strength * (other[c] - one[c]);
        return new Material(pattern, one, two, Math.max(2.5, size * random.uniform(0.05, 0.4)), random.uniform(0, 0.5), random.below(2) == 0
                ? random.uniform(0, 0.4)
                : 0, random);
    }

    /// A colour, more often a pale one than a bright one.
    static double[] colour(Random random) {
        double grey = random.uniform(15, 240), chroma = random.below(4) == 0 ? 0 : 70 * random.uniform() * random.uniform() + 8;
        double[] colour = new double[3];
        for (int c = 0; c < 3; c++) colour[c] = Math.clamp(grey + chroma * random.normal(), 0, 255);
        return colour;
    }

    /// The difference of its first colour from another, as the mean over the channels.
    double contrast(double[] to) {
        return (Math.abs(one[0] - to[0]) + Math.abs(one[1] - to[1]) + Math.abs(one[2] - to[2])) / 3;
    }

    /// Writes the colour at a place, given from the middle of the thing, that is `depth` pixels from the edge.
    void at(double x, double y, double depth, double[] rgb) {
        double u = scale * (cos * x - sin * y), v = scale * (sin * x + cos * y), t = mix(u, v);
        double light = Math.max(0, 1 + lightX * x + lightY * y - (depth < RIM ? rim * (1 - Math.max(0, depth) / RIM) : 0));
        for (int c = 0; c < 3; c++) rgb[c] = light * (one[c] + t * (two[c] - one[c]));
    }

    private double mix(double u, double v) {
        return switch (pattern) {
            case PLAIN -> 0;
            case MOTTLED -> texture.at(u, v);
            case STRIPED -> step(4 * Math.abs(u + 0.4 * texture.at(u, v) - Math.floor(u + 0.4 * texture.at(u, v)) - 0.5) - 0.5);
            case SPOTTED -> step(6 * (texture.at(1.5 * u, 1.5 * v) - 0.55));
            case CHECKED -> (((long) Math.floor(u) + (long) Math.floor(v)) & 1);
            case VEINED -> texture.vein(u, v, 0.06);
        };
    }

    private static double step(double t) {
        double s = Math.clamp(t, 0, 1);
        return s * s * (3 - 2 * s);
    }
}
