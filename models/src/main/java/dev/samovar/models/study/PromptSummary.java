package dev.samovar.models.study;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;

import dev.samovar.core.io.Json;
import dev.samovar.models.metrics.Spearman;
import dev.samovar.models.metrics.Spread;
import dev.samovar.models.study.ObjectProperties.Attribute;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/// The results of a study of prompts.
///
/// @param objects the number of objects
/// @param all the scores over all objects
/// @param byClass the scores of each class that occurs, by its name
/// @param bySize the scores of the smallest, the middle and the largest third of the objects, by a name with the range of their pixels
/// @param byModality the scores of each known modality, by its name
/// @param correlations of the objects' properties with their Dice
/// @param annotations the work of a simulated annotator
public record PromptSummary(int objects, List<Line> all, Map<String, List<Line>> byClass, Map<String, List<Line>> bySize,
        Map<String, List<Line>> byModality, List<Correlation> correlations, List<AnnotationCost> annotations) {

    /// The scores of one protocol, step and choice.
    ///
    /// @param n the number of objects
    /// @param dice mean Dice
    /// @param spread standard deviation of the Dice; `NaN` for one object
    /// @param quartiles of the Dice: minimum, first quartile, median, third quartile, maximum
    /// @param iou mean IoU
    /// @param predicted mean of the predicted IoU
    public record Line(Protocol protocol, int step, Choice choice, int n, double dice, double spread, List<Double> quartiles, double iou,
            double predicted) {}

    /// A property's partial rank correlation with the Dice, the other properties kept constant.
    public record Correlation(Protocol protocol, Choice choice, Attribute attribute, Spearman spearman) {}

    /// The summary of one or more results.
    public static PromptSummary of(List<ObjectResult> results, List<String> classNames, AnnotationCost.Prices prices) {
        Map<String, List<Line>> byClass = new LinkedHashMap<>();
        for (int c = 1; c < classNames.size(); c++) {
            int label = c;
            List<ObjectResult> its = results.stream().filter(r -> r.label() == label).toList();
            if (!its.isEmpty()) byClass.put(classNames.get(c), lines(its));
        }
        Map<String, List<Line>> byModality = new LinkedHashMap<>();
        results.stream().filter(r -> !r.modality().isEmpty()).collect(groupingBy(ObjectResult::modality, TreeMap::new, toList()))
                .forEach((modality, its) -> byModality.put(modality, lines(its)));
        return new PromptSummary(results.size(), lines(results), byClass, bySize(results), byModality, correlations(results),
                AnnotationCost.of(results, prices));
    }

    /// The protocol, step and choice of a score.
    private record Key(Protocol protocol, int step, Choice choice) {
        private static final Comparator<Key> ORDER = Comparator.comparing(Key::protocol).thenComparing(Key::choice).thenComparingInt(Key::step);

        static Key of(PromptScore score) {
            return new Key(score.protocol(), score.step(), score.choice());
        }
    }

    private static List<Line> lines(List<ObjectResult> results) {
        Map<Key, List<PromptScore>> scores = results.stream().flatMap(r -> r.scores().stream()).collect(groupingBy(Key::of,
                LinkedHashMap::new, toList()));
        return scores.keySet().stream().sorted(Key.ORDER).map(key -> line(key, scores.getOrDefault(key, List.of()))).toList();
    }

    private static Line line(Key key, List<PromptScore> scores) {
        double[] dice = scores.stream().mapToDouble(PromptScore::dice).sorted().toArray();
        Spread spread = Spread.of(dice);
        List<Double> quartiles = new ArrayList<>();
        for (int q = 0; q <= 4; q++) quartiles.add(Spread.quantile(dice, q / 4.0));
        return new Line(key.protocol, key.step, key.choice, dice.length, spread.mean(), spread.deviation(), quartiles,
                mean(scores, PromptScore::iou), mean(scores, PromptScore::predicted));
    }

    private static double mean(List<PromptScore> scores, ToDoubleFunction<PromptScore> value) {
        return scores.stream().mapToDouble(value).average().orElse(Double.NaN);
    }

    private static Map<String, List<Line>> bySize(List<ObjectResult> results) {
        List<ObjectResult> sorted = results.stream().sorted(Comparator.comparingInt(r -> r.properties().area())).toList();
        Map<String, List<Line>> groups = new LinkedHashMap<>();
        List<String> names = List.of("small", "medium", "large");
        for (int g = 0; g < names.size(); g++) {
            List<ObjectResult> its = sorted.subList(sorted.size() * g / names.size(), sorted.size() * (g + 1) / names.size());
            if (its.isEmpty()) continue;
            groups.put(names.get(g) + ", " + its.getFirst().properties().area() + " to " + its.getLast().properties().area() + " pixels", lines(its));
        }
        return groups;
    }

    /// The correlations for all protocols without steps, over the objects whose contrast is defined.
    private static List<Correlation> correlations(List<ObjectResult> results) {
        List<ObjectResult> known = results.stream().filter(r -> !Double.isNaN(r.properties().contrast())).toList();
        Map<Key, double[]> dice = new LinkedHashMap<>();
        for (int i = 0; i < known.size(); i++)
            for (PromptScore score : known.get(i).scores())
                if (!score.protocol().hasSteps()) dice.computeIfAbsent(Key.of(score), _ -> new double[known.size()])[i] = score.dice();
        List<Correlation> correlations = new ArrayList<>();
        dice.keySet().stream().sorted(Key.ORDER).forEach(key -> {
            for (Attribute attribute : Attribute.values()) {
                List<double[]> others = Arrays.stream(Attribute.values()).filter(a -> a != attribute).map(a -> values(known, a)).toList();
                correlations.add(new Correlation(key.protocol, key.choice, attribute,
                        Spearman.of(values(known, attribute), dice.getOrDefault(key, new double[0]), others)));
            }
        });
        return correlations;
    }

    private static double[] values(List<ObjectResult> results, Attribute attribute) {
        return results.stream().mapToDouble(r -> attribute.of(r.properties())).toArray();
    }

    /// The line of a protocol, step and choice; null if there is none.
    public @Nullable Line line(Protocol protocol, int step, Choice choice) {
        return all.stream().filter(l -> l.protocol == protocol && l.step == step && l.choice == choice).findFirst().orElse(null);
    }

    /// Everything, for programs. Undefined values are null.
    public Json json() {
        Json json = Json.object().with("objects", objects).with("all", all.stream().map(PromptSummary::json).toList());
        return json.with("byClass", json(byClass)).with("bySize", json(bySize)).with("byModality", json(byModality))
                .with("correlations",
                        correlations.stream()
                                .map(c -> Json.object().with("protocol", c.protocol.toString()).with("choice", c.choice.toString())
                                        .with("attribute", c.attribute.toString()).with("rho", Json.orNull(c.spearman.rho()))
                                        .with("p", Json.orNull(c.spearman.p())).with("n", c.spearman.n()))
                                .toList())
                .with("annotation", annotations.stream().map(AnnotationCost::json).toList());
    }

    private static Map<String, Object> json(Map<String, List<Line>> groups) {
        Map<String, Object> json = new LinkedHashMap<>();
        groups.forEach((name, lines) -> json.put(name, lines.stream().map(PromptSummary::json).toList()));
        return json;
    }

    private static Json json(Line line) {
        return Json.object().with("protocol", line.protocol.toString()).with("step", line.step).with("choice", line.choice.toString())
                .with("n", line.n).with("dice", line.dice).with("sd", Json.orNull(line.spread)).with("quartiles", line.quartiles)
                .with("iou", line.iou)
                .with("predictedIou", line.predicted);
    }

    /// A line for each score of each object, with a header; for a spreadsheet or statistics elsewhere.
    public static String csv(List<ObjectResult> results, List<String> classNames) {
        StringBuilder text = new StringBuilder(
                "case,modality,slice,class,name,area,pieces,aspect,contrast,complexity,protocol,step,choice,dice,iou,predicted_iou\n");
        for (ObjectResult r : results) {
            ObjectProperties p = r.properties();
            String object = quoted(r.name()) + "," + quoted(r.modality()) + "," + r.slice() + "," + r.label() + ","
                    + quoted(classNames.get(r.label())) + "," + p.area()
                    + "," + p.pieces() + "," + p.aspect() + "," + (Double.isNaN(p.contrast()) ? "" : p.contrast()) + "," + p.complexity()
                    + ",";
            for (PromptScore s : r.scores())
                text.append(object).append(s.protocol()).append(',').append(s.step()).append(',').append(s.choice())
                        .append(',').append(s.dice()).append(',').append(s.iou()).append(',').append(s.predicted()).append('\n');
        }
        return text.toString();
    }

    private static String quoted(String text) {
        return text.matches("[^\",\\r\\n]*") ? text : '"' + text.replace("\"", "\"\"") + '"';
    }
}
