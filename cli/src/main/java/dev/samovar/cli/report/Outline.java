package dev.samovar.cli.report;

import dev.samovar.core.io.Json;
import dev.samovar.models.metrics.Metric;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A JSON object in readable form: its members by name, those that are objects themselves under a heading.
final class Outline {
    private static final int SENTENCE = 60;                                        // characters; lists of longer texts get a line for each

    private Outline() {}

    /// All of it. Nothing is left out, so that what is shown is what is in the file.
    static Html of(Json object) {
        List<Html> plain = new ArrayList<>(), groups = new ArrayList<>();
        for (String key : object.keys()) {
            Json member = object.at(key);
            if (member.isObject()) groups.add(Html.tag("section", Html.tag("h3", capital(words(key))), of(member)));
            else plain.add(Html.all(Html.tag("dt", words(key)), Html.tag("dd", value(member))));
        }
        return Html.all(plain.isEmpty() ? Html.NONE : Html.tag("dl", Html.all(plain)), Html.all(groups));
    }

    /// `learningRate` as `learning rate`, `hd95DefinedOnly` as `HD95, defined only`.
    private static String words(String key) {
        for (Metric metric : Metric.values()) {
            String name = metric.name().toLowerCase(Locale.ROOT);
            if (key.equals(name)) return metric.title();
            if (key.equals(name + "DefinedOnly")) return metric.title() + ", defined only";
        }
        return key.replaceAll("(?<=[a-z])(?=[A-Z])", " ").toLowerCase(Locale.ROOT);
    }

    private static String capital(String words) {
        return words.substring(0, Math.min(1, words.length())).toUpperCase(Locale.ROOT) + words.substring(Math.min(1, words.length()));
    }

    private static Html value(Json value) {
        if (value.isNull()) return Html.text("none");
        if (value.isString()) return Html.text(value.string());
        if (!value.isList()) return Html.text(number(value.toString()));
        List<Html> items = value.list().stream().map(Outline::value).toList();
        if (items.isEmpty()) return Html.text("none");
        if (items.stream().anyMatch(item -> item.markup().length() > SENTENCE))
            return Html.tag("ul", Html.all(items.stream().map(item -> Html.tag("li", item)).toList()));
        return new Html(String.join(", ", items.stream().map(Html::markup).toList()));
    }

    private static String number(String json) {
        return switch (json) {
            case "true" -> "yes";
            case "false" -> "no";
            default -> json.contains("E") || json.contains(".") ? new BigDecimal(json).stripTrailingZeros().toPlainString() : json;
        };
    }
}
