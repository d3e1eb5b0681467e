package dev.samovar.core.io;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Reads RFC 8259 text, strictly: no comments, no trailing commas, no duplicate names, no lone surrogates, nothing after the value.
///
/// Recursive descent; the depth limit keeps the stack small. Values are `Map<String, Object>` (in order), `List<Object>`,
/// `String`, `Long`, `Double`, `Boolean` and [Json.Null].
final class JsonParser {
    private static final int MAX_NUMBER = 1000;

    private final String text, name;
    private int at, depth, values;

    private JsonParser(String text, String name) {
        this.text = text;
        this.name = name;
    }

    static Object parse(String text, String name) {
        if (text.startsWith("\uFEFF")) throw new FormatException(name + " starts with a byte order mark; save it as plain UTF-8");
        JsonParser parser = new JsonParser(text, name);
        Object value = parser.value();
        parser.blanks();
        if (parser.at < text.length()) throw parser.bad("something follows the end of the JSON value");
        return value;
    }

    private Object value() {
        blanks();
        if (++values > Json.MAX_VALUES) throw bad("there are more than " + Json.MAX_VALUES + " values");
        return switch (peek()) {
            case '{' -> object();
            case '[' -> list();
            case '"' -> string();
            case 't' -> word("true", true);
            case 'f' -> word("false", false);
            case 'n' -> word("null", Json.Null.NULL);
            case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> number();
            case 0 -> throw bad("the text ends where a value is expected");
            default -> throw bad("a value is expected, not " + shown());
        };
    }

    private Map<String, Object> object() {
        Map<String, Object> members = new LinkedHashMap<>();
        open();
        if (!skip('}')) {
            do {
                blanks();
                if (peek() != '"') throw bad("a name in double quotes is expected, not " + shown());
                String key = string();
                blanks();
                if (!skip(':')) throw bad("':' is expected after " + FormatException.shown(key) + ", not " + shown());
                if (members.containsKey(key)) throw bad("the name " + FormatException.shown(key) + " occurs twice");
                if (members.size() == Json.MAX_MEMBERS) throw bad("an object has more than " + Json.MAX_MEMBERS + " members");
                members.put(key, value());
                blanks();
            } while (skip(','));
            if (!skip('}')) throw bad("',' or '}' is expected, not " + shown());
        }
        depth--;
        return members;
    }

    private List<Object> list() {
        List<Object> elements = new ArrayList<>();
        open();
        if (!skip(']')) {
            do {
                elements.add(value());
                blanks();
            } while (skip(','));
            if (!skip(']')) throw bad("',' or ']' is expected, not " + shown());
        }
        depth--;
        return elements;
    }

    /// Skips a bracket, to the first thing inside.
    private void open() {
        if (++depth > Json.MAX_DEPTH) throw bad("it is nested more than " + Json.MAX_DEPTH + " deep");
        at++;
        blanks();
    }

    private String string() {
        int start = ++at;
        while (peek() != '"' && peek() != '\\' && peek() >= ' ') at++;
        if (peek() == '"') return text.substring(start, at++);           // no escapes: the usual case
        StringBuilder out = new StringBuilder(text.substring(start, at));
        while (!skip('"')) {
            char c = peek();
            if (c < ' ') throw bad(at < text.length() ? "a control character in a text must be escaped" : "a text has no closing quote");
            at++;
            out.append(c == '\\' ? escape() : c);
        }
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(out)) throw bad("half of a surrogate pair is missing");
        return out.toString();
    }

    private char escape() {
        char c = peek();
        at++;
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> {
                int code = 0;
                for (int i = 0; i < 4; i++) {
                    int digit = peek() < 128 ? Character.digit(peek(), 16) : -1;
                    if (digit < 0) throw bad("\\u needs four hexadecimal digits");
                    code = code << 4 | digit;
                    at++;
                }
                yield (char) code;
            }
            default -> throw bad("there is no such escape in JSON");
        };
    }

    private Object number() {
        int start = at;
        skip('-');
        if (!skip('0')) digits();
        else if (isDigit()) throw bad("a number has a leading zero");
        int whole = at;
        if (skip('.')) digits();
        if (skip('e') || skip('E')) {
            if (!skip('+')) skip('-');
            digits();
        }
        if (at - start > MAX_NUMBER) throw bad("a number has more than " + MAX_NUMBER + " digits");
        String number = text.substring(start, at);
        try {
            if (at == whole) return Long.valueOf(number);
        } catch (NumberFormatException _) {
            throw bad("the whole number " + FormatException.shown(number) + " does not fit into 64 bits");
        }
        double value = Double.parseDouble(number);
        if (Double.isInfinite(value)) throw bad("the number " + FormatException.shown(number) + " is too large");
        return value;
    }

    private void digits() {
        if (!isDigit()) throw bad("a digit is expected, not " + shown());
        while (isDigit()) at++;
    }

    private boolean isDigit() {
        return peek() >= '0' && peek() <= '9';
    }

    private Object word(String word, Object value) {
        if (!text.startsWith(word, at)) throw bad("a value is expected, not " + shown());
        at += word.length();
        return value;
    }

    private void blanks() {
        while (peek() == ' ' || peek() == '\n' || peek() == '\r' || peek() == '\t') at++;
    }

    private boolean skip(char c) {
        if (at >= text.length() || text.charAt(at) != c) return false;
        at++;
        return true;
    }

    /// The next character, 0 at the end.
    private char peek() {
        return at < text.length() ? text.charAt(at) : 0;
    }

    private String shown() {
        if (at >= text.length()) return "the end";
        char c = text.charAt(at);
        return c > ' ' && c < 127 ? "'" + c + "'" : "character " + (int) c;
    }

    private FormatException bad(String what) {
        int end = Math.min(at, text.length());
        long line = text.substring(0, end).chars().filter(c -> c == '\n').count() + 1;
        int column = end - text.lastIndexOf('\n', end - 1);
        return new FormatException(name + ", line " + line + ", column " + column + ": " + what);
    }
}
