package dev.samovar.models.edit;

import dev.samovar.models.sam.Prompt;
import dev.samovar.models.sam.Prompt.Box;
import dev.samovar.models.sam.PromptException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A prompt for an object in a slice, and the answer that was chosen.
///
/// @param object its number
/// @param axis across which the slice lies, 0 to 2
/// @param index of the slice
/// @param points on the object and not on it, in pixels of the slice
/// @param box around it
/// @param answers the predicted IoU and the area of each mask, the best first
/// @param chosen the index of the chosen answer
public record Asked(int object, int axis, int index, List<Prompt.Point> points, @Nullable Box box, List<Answer> answers,
        int chosen) {

    /// A mask that was offered.
    ///
    /// @param iou the predicted IoU
    /// @param area in pixels
    public record Answer(double iou, int area) {}

    /// Copies the collections.
    ///
    /// @throws PromptException if nothing was asked
    public Asked {
        points = List.copyOf(points);
        answers = List.copyOf(answers);
        if (points.isEmpty() && box == null) throw new PromptException("a prompt is a point or more, or a box, or both");
    }

    /// The prompt for SAM.
    public Prompt prompt() {
        return new Prompt.Combination(points.isEmpty() ? null : new Prompt.Points(points), box, null);
    }

    /// This prompt with its answers.
    public Asked answered(List<Answer> masks, int taken) {
        return new Asked(object, axis, index, points, box, masks, taken);
    }

    boolean isAt(Asked other) {
        return object == other.object && axis == other.axis && index == other.index;
    }
}
