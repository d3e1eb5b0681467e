package dev.samovar.convert;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/// Names of tensors beside a model, grouped by the part of the name that differs from the model's own: `optimizer (404 tensors)`.
final class Groups {
    private final String[] path;
    private final SequencedMap<String, List<String>> groups = new LinkedHashMap<>();

    /// @param prefix what the model's own names begin with
    Groups(String prefix) {
        path = prefix.isEmpty() ? new String[0] : prefix.split("\\.");
    }

    void add(String name) {
        String[] parts = name.split("\\.");
        int same = 0;
        while (same < path.length && same < parts.length - 1 && path[same].equals(parts[same])) same++;
        groups.computeIfAbsent(String.join(".", List.of(parts).subList(0, Math.min(same + 1, parts.length))), _ -> new ArrayList<>()).add(name);
    }

    /// The full name for each group of one, and the common start for each other.
    List<String> names() {
        return groups.entrySet().stream()
                .map(e -> e.getValue().size() == 1 ? e.getValue().getFirst() : e.getKey() + " (" + e.getValue().size() + " tensors)").toList();
    }
}
