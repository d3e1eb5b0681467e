package dev.samovar.cli.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/// A page in one file, without scripts or other files: HTML that is also well-formed XML.
final class Page {
    private Page() {}

    /// A page of this title and content.
    static String of(String title, Html main) {
        Html head = Html.tag("head", Html.empty("meta").with("charset", "utf-8"), Html.empty("meta").with("content",
                "width=device-width, initial-scale=1").with("name", "viewport"),
                Html.empty("meta").with("content", "light dark").with("name", "color-scheme"), Html.tag("title", title + " · Samovar"),
                new Html("<style>" + style() + "</style>"));
        return "<!DOCTYPE html>\n" + Html.tag("html", head, Html.tag("body", main)).with("lang", "en").markup() + "\n";
    }

    private static String style() {
        try (InputStream in = Page.class.getResourceAsStream("report.css")) {
            if (in == null) throw new IllegalStateException("the program lacks its report.css");
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
