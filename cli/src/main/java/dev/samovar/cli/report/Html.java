package dev.samovar.cli.report;

import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;

/// A piece of a page, well-formed as HTML and as XML.
///
/// Text gets into a piece only through [#text(String)] and [#with(String, String)], and both escape it: whatever the names of cases or classes in a
/// file, they stay text.
///
/// @param markup as it is written
public record Html(String markup) {
    /// Nothing.
    static final Html NONE = new Html("");

    /// Plain text.
    static Html text(String text) {
        return new Html(escaped(text));
    }

    /// An element with these contents.
    static Html tag(String name, Html... contents) {
        return new Html('<' + name + '>' + all(contents).markup + "</" + name + '>');
    }

    /// An element with a text.
    static Html tag(String name, String text) {
        return tag(name, text(text));
    }

    /// An element without contents.
    static Html empty(String name) {
        return new Html('<' + name + "/>");
    }

    /// Pieces, each on a line of its own.
    static Html all(List<Html> pieces) {
        return new Html(String.join("\n", pieces.stream().map(Html::markup).toList()));
    }

    /// Pieces one after another, without a space between them.
    static Html all(Html... pieces) {
        return new Html(String.join("", Stream.of(pieces).map(Html::markup).toList()));
    }

    /// A picture that is part of the page.
    static Html picture(byte[] png, String alternative) {
        return empty("img").with("src", source(png)).with("alt", alternative);
    }

    /// The bytes of a PNG file in place of the address of one.
    static String source(byte[] png) {
        return "data:image/png;base64," + Base64.getEncoder().encodeToString(png);
    }

    /// This element with one more attribute.
    Html with(String attribute, String value) {
        int name = 1;
        while (Character.isLetterOrDigit(markup.charAt(name))) name++;
        return new Html(markup.substring(0, name) + ' ' + attribute + "=\"" + escaped(value) + '"' + markup.substring(name));
    }

    /// Escapes the characters that have a meaning in XML. Those that XML cannot hold at all, control characters and unpaired surrogates, become `�`.
    private static String escaped(String text) {
        StringBuilder out = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            switch (c) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                default -> out.appendCodePoint(isAllowed(c) ? c : 0xFFFD);
            }
        });
        return out.toString();
    }

    private static boolean isAllowed(int c) {
        return (c >= 0x20 && c < 0x7F) || c == '\n' || c == '\t' || (c > 0x9F && c < 0xD800) || (c >= 0xE000 && c < 0xFFFE) || c > 0xFFFF;
    }
}
