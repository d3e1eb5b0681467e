package dev.samovar.release;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.jspecify.annotations.Nullable;
import org.w3c.dom.Element;
import org.xml.sax.SAXException;

/// A module that would be published, and its build results.
///
/// @param folder the module's folder, relative to the root of the project; empty for the parent
record Published(String folder) {
    static final Path HOUSE = Path.of("..").toAbsolutePath().normalize();
    static final String VERSION = System.getProperty("samovar.version", "");

    /// The modules with classes.
    static final List<Published> JARS = List.of("core", "imaging", "mini", "models", "cuda", "weights-converter", "serve", "cli").stream()
            .map(Published::new).toList();

    /// The modules that consist of a POM only.
    static final List<Published> POMS = List.of(new Published(""), new Published("bom"));

    String artifact() {
        return "samovar-" + (folder.isEmpty() ? "parent" : folder);
    }

    Path pom() {
        return HOUSE.resolve(folder).resolve("pom.xml");
    }

    /// The jar with a classifier; `""` for the classes.
    Path jar(String classifier) {
        return HOUSE.resolve(folder).resolve("target").resolve(artifact() + "-" + VERSION + (classifier.isEmpty() ? "" : "-" + classifier)
                + ".jar");
    }

    List<String> entries(String classifier) throws IOException {
        try (JarFile jar = new JarFile(jar(classifier).toFile())) {
            return jar.stream().map(ZipEntry::getName).toList();
        }
    }

    Element model() {
        try {
            return DocumentBuilderFactory.newDefaultInstance().newDocumentBuilder().parse(pom().toFile()).getDocumentElement();
        } catch (ParserConfigurationException | SAXException e) {
            throw new AssertionError(pom().toString(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The text of an element, found by the names along its path, or null.
    static @Nullable String text(Element model, String... path) {
        Element at = model;
        for (String name : path) {
            Element below = null;
            for (var child = at.getFirstChild(); child != null; child = child.getNextSibling())
                if (below == null && child instanceof Element e && e.getTagName().equals(name)) below = e;
            if (below == null) return null;
            at = below;
        }
        return at.getTextContent().strip();
    }

    static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String toString() {
        return artifact();
    }
}
