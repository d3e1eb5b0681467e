package dev.samovar.cli;

import dev.samovar.cli.report.MethodReport;
import dev.samovar.cli.report.MethodTables;
import dev.samovar.core.io.AtomicFile;
import dev.samovar.models.metrics.Metric;
import dev.samovar.models.study.MethodStudy;
import dev.samovar.models.study.MethodSummary;
import java.nio.file.Path;
import java.util.List;

/// The results of the finished cells of a study of methods, whichever program ran them: tables for programs, a page, and text.
public final class MethodResults {
    /// The page's file.
    public static final String PAGE = "report.html";
    private static final String TABLE = "table.csv", COMPARISONS = "comparisons.csv", SUMMARY = "summary.json";
    /// All files.
    public static final List<String> FILES = List.of(TABLE, COMPARISONS, SUMMARY, PAGE);

    private MethodResults() {}

    /// Writes the files into the study's folder, and returns the tables as text.
    ///
    /// @param dataset the name of the dataset
    /// @throws dev.samovar.core.io.FormatException if no cell is done
    public static String write(MethodStudy study, String dataset) {
        MethodSummary summary = MethodSummary.of(study);
        Path folder = study.folder();
        AtomicFile.write(folder.resolve(TABLE), summary.csv());
        AtomicFile.write(folder.resolve(COMPARISONS), summary.comparisonsCsv());
        AtomicFile.write(folder.resolve(SUMMARY), summary.json().pretty());
        AtomicFile.write(folder.resolve(PAGE), MethodReport.html(study, summary, dataset));
        return StudyTable.aligned(MethodTables.scores(summary)) + "\n" + StudyTable.aligned(MethodTables.comparisons(summary, Metric.DICE)) + "\n"
                + StudyTable.aligned(MethodTables.costs(study));
    }
}
