package dev.samovar.models.sam;

import dev.samovar.core.io.Json;
import dev.samovar.imaging.Picture;
import dev.samovar.models.sam.AutomaticMaskGenerator.Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/// The mock of a SAM in the reference's golden file: the picture's first two channels are x and y, so that a crop knows its position, and the masks are
/// those of the nearest of four blobs, at three sizes, with a speck above it and a hole in its middle.
final class MockClicks implements ClickModel {
    private static final double[][] BLOBS = {{60, 60, 20}, {170, 60, 26}, {75, 145, 14}, {185, 150, 18}};

    int looks, logits;                                                             // how often they were asked for

    static final int HEIGHT = 200, WIDTH = 240;

    static Picture picture() {
        int n = HEIGHT * WIDTH;
        float[] pixels = new float[3 * n];
        for (int y = 0; y < HEIGHT; y++) for (int x = 0; x < WIDTH; x++) {
            pixels[y * WIDTH + x] = x;
            pixels[n + y * WIDTH + x] = y;
        }
        return new Picture(3, HEIGHT, WIDTH, pixels);
    }

    static Json golden() {
        return Json.parse(text("automatic.json"), "automatic.json");
    }

    static String text(String resource) {
        try (var in = Objects.requireNonNull(MockClicks.class.getResourceAsStream(resource), resource)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Settings settings(Json p) {
        return new Settings(p.at("points_per_side").integer(), p.at("points_per_batch").integer(), p.at("pred_iou_thresh").number(),
                p.at("stability_score_thresh").number(), p.at("stability_score_offset").number(), p.at("box_nms_thresh").number(),
                p.at("crop_n_layers").integer(), p.at("crop_nms_thresh").number(), p.at("crop_overlap_ratio").number(),
                p.at("crop_n_points_downscale_factor").integer(), null, p.at("min_mask_region_area").integer());
    }

    @Override
    public Seen look(Picture picture) {
        looks++;
        return (points, _) -> points.stream().map(point -> answer(picture, point)).toList();
    }

    private Masks answer(Picture picture, Prompt.Point point) {
        int n = picture.height() * picture.width();
        float[] pixels = picture.pixels();
        double x = point.x() + pixels[0], y = point.y() + pixels[n];
        double[] nearest = BLOBS[0];
        for (double[] blob : BLOBS) if (distance(x, y, blob) < distance(x, y, nearest)) nearest = blob;
        double[] blob = nearest;
        return new Masks() {
            @Override
            public int masks() {
                return 3;
            }

            @Override
            public float iou(int mask) {
                return (float) (0.99 - 0.04 * mask - 0.002 * distance(x, y, blob));
            }

            @Override
            public float[] logits(int mask) {
                logits++;
                double radius = blob[2] * (0.5 + 0.5 * mask);
                double[] speck = {blob[0], blob[1] - radius - 4};
                float[] logits = new float[n];
                for (int i = 0; i < n; i++) {
                    double d = distance(pixels[i], pixels[n + i], blob);
                    logits[i] = (float) Math.min(Math.max(radius - d, 2.3 - distance(pixels[i], pixels[n + i], speck)), d - 1.2);
                }
                return logits;
            }
        };
    }

    private static double distance(double x, double y, double[] to) {
        return Math.hypot(x - to[0], y - to[1]);
    }
}
