package dev.samovar.models.study;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import java.util.List;

/// The settings of a study of prompts.
///
/// @param protocols the ways of prompting
/// @param clicks the most clicks for an object, 1 or more
/// @param jitter how far points and corners of boxes are moved, in pixels: from 0 to the first number, from there to the second, and so on; ascending
/// @param draws how many times a prompt is moved by each; the scores are averaged
/// @param fewest objects with fewer pixels in a slice are left out, 1 or more
/// @param pointsPerSide of the grid of automatic masks, 1 to 500
/// @param predictedIou the least predicted IoU of automatic masks
/// @param stability their least stability
/// @param seed decides ties and jitter
public record PromptSettings(List<Protocol> protocols, int clicks, List<Integer> jitter, int draws, int fewest, int pointsPerSide,
        double predictedIou,
        double stability, long seed) {
    /// The published settings: nine clicks; prompts moved by up to 10, 20 and 30 pixels; objects of more than 50 pixels; a grid of 32 × 32, and
    /// SAM's own thresholds.
    public static final PromptSettings PUBLISHED = new PromptSettings(Protocol.all(), 9, List.of(10, 20, 30), 1, 51, 32, 0.88, 0.95, 1);

    /// Checks them.
    ///
    /// @throws FormatException naming the first that makes no sense
    public PromptSettings {
        protocols = List.copyOf(protocols);
        jitter = List.copyOf(jitter);
        if (protocols.isEmpty()) throw new FormatException("a study of prompts has one protocol or more");
        if (clicks < 1 || clicks > 100) throw new FormatException("an object gets 1 to 100 clicks, not " + clicks);
        if (draws < 1 || draws > 1000) throw new FormatException("a prompt is moved 1 to 1000 times, not " + draws);
        if (fewest < 1) throw new FormatException("an object has 1 pixel or more, not " + fewest);
        if (pointsPerSide < 1 || pointsPerSide > 500) throw new FormatException("a grid has 1 to 500 points a side, not " + pointsPerSide);
        if (!Double.isFinite(predictedIou) || !Double.isFinite(stability))
            throw new FormatException("thresholds of automatic masks are finite numbers");
        int before = 0;
        for (int end : jitter) {
            if (end <= before) throw new FormatException("prompts are moved by ever more pixels, and " + end + " follows " + before);
            before = end;
        }
    }

    Json json() {
        return Json.object().with("protocols", protocols.stream().map(Protocol::toString).toList()).with("clicks", clicks).with("jitter", jitter)
                .with("draws", draws).with("fewestPixels", fewest).with("pointsPerSide", pointsPerSide).with("predictedIou", predictedIou)
                .with("stability", stability)
                .with("seed", seed);
    }
}
