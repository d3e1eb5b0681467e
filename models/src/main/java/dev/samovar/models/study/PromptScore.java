package dev.samovar.models.study;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import java.util.List;

/// The score of the answer to a prompt for an object.
///
/// @param step the number of clicks, or how far something was moved; 0 if the protocol has no steps
/// @param dice from 0 to 1
/// @param iou from 0 to 1
/// @param predicted the predicted IoU
public record PromptScore(Protocol protocol, int step, Choice choice, double dice, double iou, double predicted) {

    /// As a list of its members.
    Json json() {
        return Json.of(List.of(protocol.toString(), step, choice.toString(), dice, iou, predicted));
    }

    /// From such a list.
    static PromptScore of(Json json) {
        List<Json> of = json.list();
        String choice = of.get(2).string();
        for (Choice c : Choice.values())
            if (c.toString().equals(choice))
                return new PromptScore(Protocol.of(of.get(0).string()), of.get(1).integer(), c, of.get(3).number(), of.get(4).number(),
                        of.get(5).number());
        throw new FormatException("there is no choice " + FormatException.shown(choice) + " among masks");
    }
}
