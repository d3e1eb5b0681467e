package dev.samovar.models.study;

import dev.samovar.core.io.Json;
import java.util.List;

/// An object in a slice, and its scores for every way of prompting for it.
///
/// @param name of the case
/// @param modality of the image; empty if it is not known
/// @param slice its number
/// @param label its class
public record ObjectResult(String name, String modality, int slice, int label, ObjectProperties properties, List<PromptScore> scores) {
    /// Copies the list.
    public ObjectResult {
        scores = List.copyOf(scores);
    }

    Json json() {
        return Json.object().with("slice", slice).with("class", label).with("properties", properties.json()).with("scores",
                scores.stream().map(PromptScore::json).toList());
    }

    static ObjectResult of(String name, String modality, Json json) {
        return new ObjectResult(name, modality, json.at("slice").integer(), json.at("class").integer(), ObjectProperties.of(json.at("properties")),
                json.at("scores").list().stream().map(PromptScore::of).toList());
    }
}
