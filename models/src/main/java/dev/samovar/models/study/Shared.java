package dev.samovar.models.study;

import dev.samovar.models.methods.Method;
import dev.samovar.models.methods.Priors;
import dev.samovar.models.train.Augment;
import dev.samovar.models.train.Preparation;
import dev.samovar.models.train.RunConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Something that cells of a study share and that is made of each slice once, before them: its embedding, or the maps of SAM's masks in it.
///
/// @param config of a cell that needs it
/// @param preparation how slices become inputs of the encoder
/// @param priors how SAM's masks are found; null where slices are embedded
/// @param cases the names of those that it is needed of
public record Shared(RunConfig config, Preparation preparation, @Nullable Priors priors, List<String> cases) {
    private record Way(Preparation preparation, @Nullable Priors priors) {}

    /// Takes a copy of the list.
    public Shared { cases = List.copyOf(cases); }

    /// All that these cells share.
    public static List<Shared> of(List<Cell> cells) {
        Map<Way, RunConfig> first = new LinkedHashMap<>();
        Map<Way, Set<String>> names = new LinkedHashMap<>();
        for (Cell cell : cells) {
            RunConfig config = cell.config();
            Method method = config.method();
            Priors priors = method.priors();
            Preparation its = config.preparation();
            boolean online = its.augment() instanceof Augment.Online, plain = its.augment() instanceof Augment.None;
            if (priors == null && !method.input().embeds()) continue;
            Way way = new Way(new Preparation(its.preprocessing(), its.side(), true, new Augment.None()), priors);
            first.putIfAbsent(way, config);
            Set<String> needed = names.computeIfAbsent(way, _ -> new LinkedHashSet<>());
            if (cell.zeroShot() == null && (plain || (priors != null && online))) needed.addAll(cell.split().train());
            if (cell.zeroShot() == null) needed.addAll(cell.split().val());
            needed.addAll(cell.tested());
        }
        List<Shared> all = new ArrayList<>();
        first.forEach((way, config) -> all.add(new Shared(config, way.preparation, way.priors, List.copyOf(names.getOrDefault(way, Set.of())))));
        return all;
    }
}
