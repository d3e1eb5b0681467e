package dev.samovar.benchmarks.gpu;

import dev.samovar.core.io.Json;
import java.util.ArrayList;
import java.util.List;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.engine.reporting.ReportEntry;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/// Runs test classes without Maven: `java dev.samovar.benchmarks.gpu.GpuChecks CLASS…`, with the binary names of nested classes. The last line of the output, after [Gpu#MARK], is a JSON
/// object with the number of tests that passed, those that failed or were skipped, and the facts that tests have published.
final class GpuChecks implements TestExecutionListener {
    private final List<Json> failures = new ArrayList<>(), skips = new ArrayList<>();
    private Json facts = Json.object();
    private int passed;

    private GpuChecks() {}

    public static void main(String[] classes) {
        var checks = new GpuChecks();
        var request = LauncherDiscoveryRequestBuilder.request();
        for (String name : classes) request.selectors(DiscoverySelectors.selectClass(name));
        LauncherFactory.create().execute(request.build(), checks);
        IO.println(
                Gpu.MARK + Json.object().with("passed", checks.passed).with("failures", checks.failures).with("skipped", checks.skips).with("facts",
                        checks.facts));
        System.exit(checks.failures.isEmpty() ? 0 : 1);
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        String why = result.getThrowable().map(e -> e.getMessage() == null ? e.toString() : e.getMessage()).orElse("");
        switch (result.getStatus()) {
            case SUCCESSFUL -> {
                if (test.isTest()) passed++;
            }
            case ABORTED -> {
                skips.add(note(test, why));
                IO.println("  skipped  " + name(test) + ": " + why);
            }
            case FAILED -> {
                failures.add(note(test, why));
                IO.println("  FAILED   " + name(test) + ": " + why);
                result.getThrowable().ifPresent(e -> e.printStackTrace(System.out));
            }
        }
    }

    @Override
    public void reportingEntryPublished(TestIdentifier test, ReportEntry entry) {
        entry.getKeyValuePairs().forEach((key, value) -> {
            facts = facts.with(key, value);
            IO.println("  " + key + ": " + value);
        });
    }

    private static Json note(TestIdentifier test, String why) {
        return Json.object().with("test", name(test)).with("why", why);
    }

    /// `theTinyEncoderEqualsTheReference(Format, TestReporter) [2] TF32`
    private static String name(TestIdentifier test) {
        String method = test.getLegacyReportingName();
        return method.equals(test.getDisplayName()) ? method : method + " " + test.getDisplayName();
    }
}
