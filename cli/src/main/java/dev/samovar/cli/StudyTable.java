package dev.samovar.cli;

import static java.util.stream.Collectors.joining;

import dev.samovar.cli.report.MethodTables;
import dev.samovar.core.io.AtomicFile;
import dev.samovar.models.metrics.Evaluation;
import dev.samovar.models.metrics.Metric;
import dev.samovar.models.metrics.Spread;
import dev.samovar.models.train.Decision;
import dev.samovar.models.train.Run;
import dev.samovar.models.train.Study;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The scores of the runs of a study: a line for each run, then mean and standard deviation, for the metrics' means over classes and for each class.
final class StudyTable {

    private StudyTable() {}

    /// Segments and scores the test cases of every run, keeps the scores in the runs' folders and `table.csv` in the study's, and returns the table.
    static String of(Workbench bench, Study study) {
        Map<String, Evaluation> evaluations = new LinkedHashMap<>();
        for (Study.Member member : study.members()) {
            Run run = study.run(member);
            Evaluation evaluation = bench.judge(run, Run.Which.LAST, Decision.PLAIN);
            AtomicFile.write(run.folder().resolve("evaluation.json"), evaluation.json().pretty());
            evaluations.put(shown(member.name(), run), evaluation);
        }
        List<List<String>> rows = rows(evaluations);
        StringBuilder csv = new StringBuilder();
        for (List<String> row : rows)
            csv.append(row.stream().map(cell -> cell.contains(",") ? '"' + cell + '"' : cell).collect(joining(","))).append('\n');
        AtomicFile.write(study.folder().resolve("table.csv"), csv.toString());
        return aligned(rows);
    }

    /// A run's name in a table; for a prompted method it names the prompts.
    static String shown(String name, Run run) {
        return run.config().method().prompted() ? name + ", truth's boxes" : name;
    }

    /// A header, a line for every evaluation, and their mean ± standard deviation.
    static List<List<String>> rows(Map<String, Evaluation> evaluations) {
        List<List<String>> rows = new ArrayList<>();
        List<String> header = new ArrayList<>(List.of("run")), last = new ArrayList<>(List.of("mean ± sd"));
        Evaluation any = evaluations.values().iterator().next();
        String unit = Evaluation.unit(evaluations.values().stream().flatMap(e -> e.cases().stream()).toList());
        for (Metric metric : Metric.values()) header.add(metric.title(unit));
        for (int c = 1; c < any.classNames().size(); c++) header.add(Metric.DICE.title() + " " + any.classNames().get(c));
        rows.add(header);
        evaluations.forEach((name, evaluation) -> {
            List<String> row = new ArrayList<>(List.of(name));
            for (double score : scores(evaluation)) row.add(MethodTables.shown(Spread.of(score)));
            rows.add(row);
        });
        List<List<Double>> all = evaluations.values().stream().map(StudyTable::scores).toList();
        for (int i = 0; i < all.getFirst().size(); i++) {
            int column = i;
            last.add(MethodTables.shown(Spread.of(all.stream().mapToDouble(scores -> scores.get(column)).toArray())));
        }
        rows.add(last);
        return rows;
    }

    private static List<Double> scores(Evaluation e) {
        List<Double> scores = new ArrayList<>();
        for (Metric metric : Metric.values()) scores.add(e.mean(metric));
        for (int c = 1; c < e.classNames().size(); c++) scores.add(e.mean(Metric.DICE, c));
        return scores;
    }

    /// A table of monospaced text: words are aligned to the left, numbers to the right.
    static String aligned(List<List<String>> rows) {
        int columns = rows.getFirst().size();
        int[] widths = new int[columns];
        boolean[] words = new boolean[columns];
        for (int i = 0; i < columns; i++) {
            int column = i;
            widths[i] = rows.stream().mapToInt(row -> row.get(column).length()).max().orElseThrow();
            words[i] = i == 0 || rows.stream().skip(1).map(row -> row.get(column)).allMatch(StudyTable::isWord);
        }
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < columns; i++) {
                int blanks = widths[i] - row.get(i).length();
                line.repeat(' ', (i == 0 ? 0 : 2) + (words[i] ? 0 : blanks)).append(row.get(i)).repeat(' ', words[i] ? blanks : 0);
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    private static boolean isWord(String cell) {
        return !cell.isEmpty() && Character.isLetter(cell.charAt(0)) && !cell.startsWith("n/a");
    }
}
