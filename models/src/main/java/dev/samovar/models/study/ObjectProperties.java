package dev.samovar.models.study;

import dev.samovar.core.io.Json;
import dev.samovar.imaging.Picture;
import dev.samovar.models.mask.Box;
import dev.samovar.models.mask.Components;
import dev.samovar.models.mask.Mask;
import dev.samovar.models.metrics.EllipticFourier;
import java.util.Locale;

/// Properties of an object that may influence how well it is found.
///
/// Source: Huang and others, *Segment anything model for medical images?*, Medical Image Analysis 92 (2024).
///
/// @param area its number of pixels
/// @param pieces its number of pieces
/// @param aspect the shorter side of its box divided by the longer one, from 0 to 1
/// @param contrast the difference between its mean brightness and that of its surroundings, from 0 to 255. The surroundings are its box enlarged by a
/// tenth, at least by a pixel on each side; `NaN` if there are none
/// @param complexity of its boundary ([EllipticFourier#complexity])
public record ObjectProperties(int area, int pieces, double aspect, double contrast, double complexity) {
    private static final double LARGER = 0.1;

    /// The properties that are correlated with the scores.
    public enum Attribute {
        /// Its number of pixels.
        SIZE,
        /// See [ObjectProperties#aspect()].
        ASPECT,
        /// See [ObjectProperties#contrast()].
        CONTRAST,
        /// See [ObjectProperties#complexity()].
        COMPLEXITY;

        /// The value of this property for an object.
        public double of(ObjectProperties object) {
            return switch (this) {
                case SIZE -> object.area;
                case ASPECT -> object.aspect;
                case CONTRAST -> object.contrast;
                case COMPLEXITY -> object.complexity;
            };
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// The properties of an object that is not empty.
    ///
    /// @param picture brightness from 0 to 255; if it has several channels, their mean counts
    public static ObjectProperties of(Mask object, Picture picture) {
        Box box = object.box();
        if (box == null) throw new IllegalArgumentException("an object without a pixel");
        int w = box.width() + 1, h = box.height() + 1;
        return new ObjectProperties(object.area(), Components.of(object).count(), (double) Math.min(w, h) / Math.max(w, h), contrast(object,
                picture, box), EllipticFourier.complexity(object));
    }

    private static double contrast(Mask object, Picture picture, Box box) {
        int across = Math.max(1, (int) Math.rint(LARGER / 2 * (box.width() + 1))), down = Math.max(1, (int) Math.rint(LARGER / 2 * (box.height()
                + 1)));
        double in = 0, around = 0;
        int inside = 0, outside = 0, n = picture.height() * picture.width();
        for (int y = Math.max(0, box.y0() - down); y <= Math.min(picture.height() - 1, box.y1() + down); y++) {
            for (int x = Math.max(0, box.x0() - across); x <= Math.min(picture.width() - 1, box.x1() + across); x++) {
                double brightness = 0;
                for (int c = 0; c < picture.channels(); c++) brightness += picture.pixels()[c * n + y * picture.width() + x];
                brightness /= picture.channels();
                if (object.at(y, x)) {
                    in += brightness;
                    inside++;
                } else {
                    around += brightness;
                    outside++;
                }
            }
        }
        return outside == 0 ? Double.NaN : Math.abs(in / inside - around / outside);
    }

    Json json() {
        return Json.object().with("area", area).with("pieces", pieces).with("aspect", aspect).with("contrast", Json.orNull(contrast))
                .with("complexity", complexity);
    }

    static ObjectProperties of(Json json) {
        return new ObjectProperties(json.at("area").integer(), json.at("pieces").integer(), json.at("aspect").number(), json.has("contrast")
                ? json.at("contrast").number()
                : Double.NaN, json.at("complexity").number());
    }
}
