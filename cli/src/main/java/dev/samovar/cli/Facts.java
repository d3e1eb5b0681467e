package dev.samovar.cli;

import dev.samovar.core.io.Json;
import java.util.ArrayList;
import java.util.List;

/// Facts to print line by line, or as JSON: a list of names, each with a text for people and a value for programs.
final class Facts {
    private record Fact(String name, String text, Object value) {}

    private final List<Fact> facts = new ArrayList<>();

    void add(String name, String text) {
        add(name, text, text);
    }

    void add(String name, String text, Object value) {
        facts.add(new Fact(name, text, value));
    }

    /// The facts as text: a line each, with the texts in one column.
    String text() {
        int width = facts.stream().mapToInt(f -> f.name.length()).max().orElse(0) + 2;
        StringBuilder out = new StringBuilder();
        for (Fact fact : facts) {
            String name = fact.name;
            for (String line : fact.text.split("\n", -1)) {
                out.append(name).repeat(' ', width - name.length()).append(line).append('\n');
                name = "";
            }
        }
        return out.toString();
    }

    /// The facts as an object with a member for each.
    Json json() {
        Json json = Json.object();
        for (Fact fact : facts) json = json.with(fact.name, fact.value);
        return json;
    }
}
