package dev.samovar.serve;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.javascript.jscomp.CheckLevel;
import com.google.javascript.jscomp.CommandLineRunner;
import com.google.javascript.jscomp.Compiler;
import com.google.javascript.jscomp.CompilerOptions;
import com.google.javascript.jscomp.DiagnosticGroups;
import com.google.javascript.jscomp.SourceFile;
import com.google.javascript.jscomp.deps.ModuleLoader.ResolutionMode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The page's files are small and readable, load nothing from other servers, and have no inline scripts or styles.
class PageFilesTest {
    private static final Path PAGE = Path.of("src", "main", "resources", "dev", "samovar", "serve", "page");
    private static final int MOST_BYTES = 150_000, WIDEST = 160;
    private static final Pattern IMPORT = Pattern.compile("import \\{([^}]*)} from"), NAME = Pattern.compile("[\\w$]+");
    private static final Map<String, String> FILES = files();

    static Map<String, String> files() {
        Map<String, String> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(PAGE)) {
            for (Path file : all.filter(Files::isRegularFile).toList())
                files.put(PAGE.relativize(file).toString().replace('\\', '/'), Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return files;
    }

    private static boolean isModule(String name) {
        return name.endsWith(".js");
    }

    @Test
    void theyAreSmallTogether() {
        int bytes = FILES.values().stream().mapToInt(text -> text.getBytes(StandardCharsets.UTF_8).length).sum();
        assertTrue(bytes <= MOST_BYTES, bytes + " bytes");
    }

    @Test
    void nothingIsInlineAndNothingComesFromElsewhere() {
        String html = requireNonNull(FILES.get("index.html"));
        assertAll(
                () -> assertEquals(List.of(),
                        found(" style=|<style|<script(?! type=\"module\" src=\"/js/main.js\"></script>)| on\\w+=|javascript:", html)),
                () -> FILES.forEach(
                        (name, text) -> assertEquals(List.of(), found("(https?:)?//[\\w-]+\\.\\w+", text.replace("http://www.w3.org/", "")), name)),
                () -> FILES.forEach((name, text) -> {
                    if (isModule(name))
                        assertEquals(List.of(), found(
                                "innerHTML|outerHTML|insertAdjacent|document\\.write|\\beval\\b|new Function|console\\.|debugger|\\bvar\\b|[^=!]==[^=]",
                                text), name);
                }));
    }

    private static List<String> found(String pattern, String text) {
        return Pattern.compile(pattern).matcher(text).results().map(hit -> text.substring(hit.start(), Math.min(text.length(), hit.end()
                + 40))).toList();
    }

    @Test
    void eachSaysAtItsHeadWhatItIsForAndIsReadable() {
        FILES.forEach((name, text) -> {
            if (isModule(name)) assertTrue(text.startsWith("// "), name + " begins with what it is for");
            if (name.endsWith(".css")) assertTrue(text.startsWith("/* "), name + " begins with what it is for");
            assertTrue(text.endsWith("\n") && !text.contains("\t") && !Pattern.compile(" $", Pattern.MULTILINE).matcher(text).find(), name
                    + ": white space");
            if (isModule(name) || name.endsWith(".css"))
                assertTrue(text.lines().allMatch(line -> line.length() <= WIDEST), name + " has a line over " + WIDEST);
            if (isModule(name)) assertTrue(text.lines().count() <= 500, name + " is longer than 500 lines");
        });
    }

    /// Google's Closure Compiler, which resolves modules as a browser does, finds undeclared names, missing exports and unused variables.
    @Test
    void theModulesFitTogether() {
        CompilerOptions options = new CompilerOptions();
        options.setChecksOnly(true);
        options.setLanguageIn(CompilerOptions.LanguageMode.UNSTABLE);
        options.setModuleResolutionMode(ResolutionMode.BROWSER);
        options.setCheckSymbols(true);
        for (var group : List.of(DiagnosticGroups.CHECK_VARIABLES, DiagnosticGroups.UNDEFINED_VARIABLES, DiagnosticGroups.MODULE_LOAD,
                DiagnosticGroups.UNUSED_LOCAL_VARIABLE))
            options.setWarningLevel(group, CheckLevel.ERROR);
        List<SourceFile> modules = new ArrayList<>();
        FILES.forEach((name, text) -> {
            if (isModule(name)) modules.add(SourceFile.fromCode(name, text));
        });
        var told = new ByteArrayOutputStream();
        try {
            new Compiler(new PrintStream(told, true, StandardCharsets.UTF_8)).compile(CommandLineRunner.getBuiltinExterns(options.getEnvironment()),
                    modules, options);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        assertEquals("", told.toString(StandardCharsets.UTF_8));
    }

    @Test
    void whatIsImportedIsUsed() {
        FILES.forEach((name, text) -> {
            for (Matcher one = IMPORT.matcher(text); one.find();)
                for (Matcher what = NAME.matcher(one.group(1)); what.find();)
                    assertTrue(found("\\b" + Pattern.quote(what.group()) + "\\b", text).size() > 1, name + " imports " + what.group()
                            + " and does not use it");
        });
    }
}
