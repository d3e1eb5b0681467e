package dev.samovar.models.scenes;

import dev.samovar.core.nn.Random;
import java.util.List;
import java.util.stream.Collectors;

/// Several sources, each chosen in proportion to its weight.
///
/// @param parts sources and weights
public record Mixture(List<Part> parts) implements SceneSource {
    /// A source and its weight.
    public record Part(SceneSource source, double weight) {}

    /// Copies the list.
    public Mixture {
        parts = List.copyOf(parts);
        if (parts.isEmpty()) throw new IllegalArgumentException("a mixture of nothing");
    }

    /// The mixture of all sources that the project draws by formulas.
    public static Mixture drawn() {
        return new Mixture(List.of(new Part(new Photographs(), 2), new Part(new Cells(), 1), new Part(new Sections(), 2)));
    }

    @Override
    public String describe() {
        return parts.stream().map(p -> p.source.describe()).collect(Collectors.joining(", "));
    }

    @Override
    public Scene draw(Random random, int side) {
        double left = random.uniform() * parts.stream().mapToDouble(Part::weight).sum();
        for (Part part : parts) {
            left -= part.weight;
            if (left < 0) return part.source.draw(random, side);
        }
        return parts.getLast().source.draw(random, side);
    }
}
