package dev.samovar.models.scenes;

import dev.samovar.core.nn.Random;

/// Sections through made-up bodies, in the contrasts of computed tomography, magnetic resonance and ultrasound: skin, muscle, bones, organs with vessels, cavities and lesions as their parts.
///
/// Many are close-ups in which the body fills the frame; some of these are coarse, like a small volume that was enlarged. A network that learns from
/// them has learnt these formulas and nothing about people.
public final class Sections implements SceneSource {
    /// The device that made the picture.
    private enum Scanner {
        CT, MR, ULTRASOUND
    }

    /// Draws them.
    public Sections() {}

    @Override
    public String describe() {
        return "sections";
    }

    @Override
    public Scene draw(Random random, int side) {
        Scanner scanner = Scanner.values()[random.below(3)];
        Canvas canvas = new Canvas(side);
        boolean near = scanner == Scanner.ULTRASOUND || random.below(2) == 0;
        double air = scanner == Scanner.MR ? random.uniform(0, 12) : random.uniform(0, 5), soft = random.uniform(70, 150);
        int body = Canvas.NOTHING;
        Form inside = Forms.blob(random, side / 2.0, side / 2.0, 1.5 * side, 0, 1);
        canvas.fill(tissue(near ? soft : air, side, random));
        if (!near) {
            Form outside = Forms.blob(random, side * random.uniform(0.45, 0.55), side * random.uniform(0.45, 0.55), side * random.uniform(0.32, 0.5),
                    0.06, random.uniform(0.65, 1));
            double fat = scanner == Scanner.CT ? soft * random.uniform(0.4, 0.7) : random.uniform(170, 240);
            inside = new Form.Shrunk(outside, side * random.uniform(0.015, 0.06));
            body = canvas.paint(outside, tissue(fat, side, random), Canvas.NOTHING);
            body = canvas.paint(inside, tissue(soft, side, random), body);
        }
        int organs = 3 + random.below(7);
        for (int i = 0; i < organs; i++) organ(canvas, scanner, soft, inside, body, random);
        look(canvas, scanner, near, random);
        return Finish.frame(canvas, random);
    }

    private static Material tissue(double brightness, double size, Random random) {
        double change = random.uniform(-0.25, 0.25), other = brightness * (1 + change);
        Material.Pattern pattern = random.below(4) == 0 ? Material.Pattern.VEINED : Material.Pattern.MOTTLED;
        return new Material(pattern, new double[]{brightness, brightness, brightness}, new double[]{other, other, other}, Math.max(3, size
                * random.uniform(0.05, 0.3)), random.uniform(0, 0.25), 0, random);
    }

    private static void organ(Canvas canvas, Scanner scanner, double soft, Form inside, int body, Random random) {
        int side = canvas.side;
        double radius = side * 0.04 * StrictMath.exp(random.uniform() * 1.9), x = side * random.uniform(0.12, 0.88),
                y = side * random.uniform(0.12, 0.88);
        int kind = random.below(6);
        Form form = kind == 0
                ? Forms.strand(random, x, y, 2 * radius, Math.max(1.8, radius * 0.18))                        // a vessel along the section
                : kind == 1
                        ? Forms.ellipse(random, x, y, radius * 0.6)
                        : Forms.blob(random, x, y, radius, random.uniform(0.05, 0.35), random.uniform(0.4, 1));
        boolean bone = kind == 1 && scanner != Scanner.MR;
        double brightness = bone ? random.uniform(210, 255) : distinct(soft, random);
        int thing = canvas.paint(new Form.Common(form, new Form.Shrunk(inside, 1)), tissue(brightness, 2 * radius, random), body);
        if (bone && radius > 0.06 * side) {
            canvas.paint(new Form.Common(new Form.Shrunk(form, 0.3 * radius), inside), tissue(random.uniform(120, 190), radius, random), thing);
            return;
        }
        int parts = kind == 0 || radius < 0.07 * side ? 0 : random.below(3);
        for (int p = 0; p < parts; p++) {
            Form part = new Form.Common(Forms.within(random, form, true), inside);
            canvas.paint(part, tissue(distinct(brightness, random), radius, random), thing);
        }
    }

    /// A brightness that differs from another one, by a little or by much.
    private static double distinct(double from, Random random) {
        double by = 14 + 120 * random.uniform() * random.uniform();
        boolean up = from - by < 5 || (from + by < 250 && random.below(2) == 0);
        return up ? from + by : from - by;
    }

    private static void look(Canvas canvas, Scanner scanner, boolean near, Random random) {
        int coarse = near && random.below(2) == 0 ? 4 + random.below(10) : random.below(4);
        switch (scanner) {
            case CT -> {
                Finish.noise(canvas, random, random.uniform(3, 22), false);
                Finish.blur(canvas, 1 + coarse);
            }
            case MR -> {
                coil(canvas, random);
                Finish.noise(canvas, random, random.uniform(2, 14), false);
                Finish.blur(canvas, coarse);
            }
            case ULTRASOUND -> {
                speckle(canvas, random);
                Finish.blur(canvas, 1 + random.below(3));
                if (random.below(3) > 0) fan(canvas, random);
            }
        }
        Finish.tone(canvas, random);
        Finish.noise(canvas, random, random.uniform(0, 4), false);
    }

    /// Brighter near the coil.
    private static void coil(Canvas canvas, Random random) {
        int n = canvas.side;
        double x = random.uniform(-0.5, 0.5), y = random.uniform(-0.5, 0.5);
        for (int i = 0; i < canvas.rgb.length; i++)
            canvas.rgb[i] *= (float) (1 + x * ((i % n) / (double) n - 0.5) + y * ((i / n % n) / (double) n - 0.5));
    }

    /// Adds grains that are stronger where the picture is brighter.
    private static void speckle(Canvas canvas, Random random) {
        int n = canvas.side * canvas.side;
        double strength = random.uniform(0.25, 0.7);
        for (int i = 0; i < n; i++) {
            float by = (float) Math.max(0, 1 + strength * Finish.roughlyNormal(random));
            for (int c = 0; c < 3; c++) canvas.rgb[c * n + i] *= by;
        }
    }

    /// Blackens everything outside the sector in front of the probe, and darkens the picture with depth.
    private static void fan(Canvas canvas, Random random) {
        int n = canvas.side;
        double half = random.uniform(0.5, 0.9), apexX = n / 2.0, apexY = -n * random.uniform(0.05, 0.3), fading = random.uniform(0, 0.5);
        double tan = StrictMath.tan(half), reach = (n - apexY) * random.uniform(0.9, 1.05);
        for (int y = 0; y < n; y++) for (int x = 0; x < n; x++) {
            double dx = x - apexX, dy = y - apexY, depth = Math.sqrt(dx * dx + dy * dy);
            float by = Math.abs(dx) > tan * dy || depth > reach ? 0 : (float) (1 - fading * depth / reach);
            for (int c = 0; c < 3; c++) canvas.rgb[(c * n + y) * n + x] *= by;
        }
    }
}
