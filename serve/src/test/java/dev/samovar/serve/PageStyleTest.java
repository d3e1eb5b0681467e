package dev.samovar.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// The formatting of the page's files. The formatter itself (`prettier --print-width 160 --single-quote`) needs Node.js and a download, so these tests check the rules of its output
/// that can be checked without it.
class PageStyleTest {
    private static final Map<String, String> FILES = PageFilesTest.files();
    private static final int STEP = 2;

    private static void each(String ending, BiConsumer<String, String> check) {
        FILES.forEach((name, text) -> {
            if (name.endsWith(ending)) check.accept(name, text);
        });
    }

    private static Set<String> found(String pattern, String text) {
        Set<String> all = new TreeSet<>();
        Pattern.compile(pattern).matcher(text).results().forEach(hit -> all.add(hit.group(hit.groupCount() == 0 ? 0 : 1)));
        return all;
    }

    // ---- modules

    /// A module without its comments and without the content of its strings. Line numbers do not change.
    private static String code(String module) {
        StringBuilder code = new StringBuilder();
        Deque<Integer> braces = new ArrayDeque<>();                     // for each open `${` of a template: the number of open braces in it
        int end;
        for (int i = 0; i < module.length(); i = end) {
            char c = module.charAt(i);
            end = i + 1;
            boolean inner = c == '}' && !braces.isEmpty() && braces.peek() == 0;
            if (module.startsWith("//", i)) {
                end = module.indexOf('\n', i);
            } else if (module.startsWith("/*", i)) {
                end = module.indexOf("*/", i) + 2;
                code.append("\n".repeat((int) module.substring(i, end).lines().count() - 1));
            } else if (c == '\'' || c == '"' || c == '`' || inner || (c == '/' && isRegex(code))) {
                if (inner) braces.pop();
                char close = inner ? '`' : c;
                while (module.charAt(end) != close && !(close == '`' && module.startsWith("${", end)))
                    end += module.charAt(end) == '\\' ? 2 : 1;
                code.append(inner ? "}" : close == '/' ? "0" : c);
                if (module.startsWith("${", end)) {
                    braces.push(0);
                    code.append("${");
                    end += 2;
                } else {
                    code.append(close == '/' ? "" : close);
                    end++;
                }
            } else {
                if (c == '{' && !braces.isEmpty()) braces.push(braces.pop() + 1);
                if (c == '}' && !braces.isEmpty()) braces.push(braces.pop() - 1);
                code.append(c);
            }
        }
        return code.toString();
    }

    /// Whether a slash after this text begins a regular expression and is not a division.
    private static boolean isRegex(CharSequence before) {
        String text = before.toString().stripTrailing();
        return text.isEmpty() || "(,=:[!&|?{};+".indexOf(text.charAt(text.length() - 1)) >= 0 || text.endsWith("return");
    }

    @Test
    void statementsEndAndAreIndentedByWhatIsOpen() {
        each(".js", (name, module) -> {
            Deque<Integer> open = new ArrayDeque<>();                   // the indentation of the lines whose brackets are open
            String last = ";";
            int number = 0;
            for (String line : code(module).lines().toList()) {
                number++;
                String text = line.strip();
                if (text.isEmpty()) continue;
                int expected = open.isEmpty() ? 0 : open.peek() + STEP, indent = line.indexOf(text);
                for (int i = 0; i < text.length() && ")]}".indexOf(text.charAt(i)) >= 0; i++) expected = open.pop();
                String where = name + ", line " + number + ": " + text;
                boolean ended = last.matches(".*[;{}(\\[,]"), begins = text.matches("[?:.&|+)\\]].*"), goesOn = !ended || begins;
                boolean unfinished = last.matches(".*(?:[=>?:&|+*]|else)");
                assertTrue(ended || begins || unfinished || indent > expected, "no semicolon before " + where);
                assertTrue(!text.startsWith("}") || last.matches(".*[;{},]"), "no semicolon before " + where);
                if (goesOn && indent > expected) assertEquals(0, indent % STEP, where);
                else assertEquals(expected, indent, where);
                String rest = text.replaceFirst("^[)\\]}]+", "");
                for (int i = 0; i < rest.length(); i++) {
                    if ("([{".indexOf(rest.charAt(i)) >= 0) open.push(text.matches("[?:] .*") ? indent + STEP : indent);
                    if (")]}".indexOf(rest.charAt(i)) >= 0) open.pop();
                }
                last = text;
            }
            assertTrue(open.isEmpty(), name);
        });
    }

    @Test
    void modulesHaveSpacesAndQuotesAsElsewhere() {
        each(".js", (name, module) -> {
            String code = code(module);
            assertEquals(Set.of(), found(
                    "(?<!\\.)\\b(?:if|for|while|switch|catch)\\(|\\)\\{|\\w\\{\\w|(?<!,) ,|,(?=[\\w'\"`({\\[])|=>(?! |\\n)|\\S=>|[^\\s(]  +\\S|(?<=\\w)(?:===|!==|<=|>=|\\?\\?|&&)|\\{\\w|\\w\\}(?=[;,)])",
                    code.replace("${", "$").replaceAll("(?<=\\S)}", "")), name);
            assertEquals(Set.of(), found("\"(?:[^\"'\\\\\n]|\\\\.)*\"", module.replaceAll("`[^`]*`|/\\*\\*?[^/]*\\*/|//.*|/.*\"[^/]*/",
                    "")), name
                            + " has strings in double quotes that contain no single quote");
            assertEquals(Set.of(), found("\n\n\n|\\{\n\n|\n\n *}", module), name + " has too many blank lines");
        });
    }

    /// A name that only its own module uses is not exported. Two are exported for tests.
    @Test
    void whatIsExportedIsUsedElsewhere() {
        Set<String> unused = new TreeSet<>();
        each(".js", (name, module) -> {
            for (String exported : found("export (?:async )?(?:function|const|class) (\\w+)", module))
                if (FILES.entrySet().stream().noneMatch(other -> !other.getKey().equals(name) && other.getKey().endsWith(".js") && !found("\\b"
                        + exported + "\\b", other.getValue()).isEmpty()))
                    unused.add(exported);
        });
        assertEquals(Set.of("setCross", "shownPanes"), unused);
    }

    // ---- styles

    @Test
    void stylesAreWrittenOneThingALine() {
        Pattern declaration = Pattern.compile(" *[a-z-]+:(?: .+;|)"), selector = Pattern.compile(" *[^;{}]+(?:,| \\{)"),
                value = Pattern.compile(" +[^;{}:]+[,;]");
        each(".css", (name, text) -> {
            int depth = 0, number = 0;
            boolean within = false;                                     // within a value of several lines
            for (String line : text.replaceAll("(?s)/\\*.*?\\*/", "").lines().toList()) {
                number++;
                String where = name + ", line " + number + ": " + line, stripped = line.strip();
                if (stripped.isEmpty()) continue;
                if (stripped.equals("}")) depth--;
                assertEquals((depth + (within ? 1 : 0)) * STEP, line.indexOf(stripped), where);
                assertTrue(stripped.equals("}") || declaration.matcher(line).matches() || selector.matcher(line).matches() || (within
                        && value.matcher(line).matches()), where);
                if (stripped.endsWith("{")) depth++;
                if (stripped.endsWith(":")) within = true;
                if (stripped.endsWith(";")) within = false;
            }
            assertEquals(0, depth, name);
            assertEquals(Set.of(), found("}\n(?! *}|\n|$)|\n\n\n|\\{\n\n|#[0-9a-f]*[A-F]|\"", text), name);
        });
    }

    @Test
    void nothingIsSaidTwiceOrForNothing() {
        String used = String.join("\n", FILES.entrySet().stream().filter(file -> !file.getKey().endsWith(".css")).map(Map.Entry::getValue).toList());
        Set<String> declared = new TreeSet<>(), asked = new TreeSet<>();
        each(".css", (name, text) -> {
            List<String> twice = new ArrayList<>();
            Set<String> rules = new HashSet<>();
            String media = "";
            for (Matcher rule = Pattern.compile("(?m)^(?:(@[^{]+)|(}\n)|( *[^@{}/]+)\\{([^}]*)})").matcher(text.replaceAll("(?s)/\\*.*?\\*/",
                    "")); rule.find();) {
                if (rule.group(1) != null) media = rule.group(1);
                if (rule.group(2) != null) media = "";
                if (rule.group(3) == null) continue;
                String selectors = rule.group(3).strip();
                if (!rules.add(media + selectors)) twice.add(selectors);
                Set<String> properties = new HashSet<>();
                for (Matcher one = Pattern.compile("(?m)^ *([\\w-]+): (.*);").matcher(rule.group(4)); one.find();)
                    if (!properties.add(one.group(1)) && !one.group(2).equals("100dvh")) twice.add(selectors + " " + one.group(1));
                for (String one : found("[.#]([a-zA-Z][\\w-]*)", selectors))
                    if (found("\\b" + one.replaceFirst("-\\d$", "") + "\\b", used).isEmpty()) twice.add(selectors + ", which no element has");
            }
            assertEquals(List.of(), twice, name);
            declared.addAll(found("(--[\\w-]+):", text));
            asked.addAll(found("var\\((--[\\w-]+)\\)", text));
        });
        assertEquals(declared, asked, "declared and used colours");
    }
}
