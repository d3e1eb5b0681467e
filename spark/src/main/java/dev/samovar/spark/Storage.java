package dev.samovar.spark;

import dev.samovar.core.io.AtomicFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.hadoop.fs.StreamCapabilities;
import org.apache.spark.util.SerializableConfiguration;
import org.jspecify.annotations.Nullable;

/// Files wherever Hadoop reaches them: on this machine, in HDFS, in S3. A file is written completely or not at all.
///
/// A file on this machine is read in place. A file elsewhere is copied first, because the image readers need random access.
final class Storage implements Serializable {
    private static final long serialVersionUID = 1L;
    private static final long A_DAY = 24 * 60 * 60 * 1000L;                         // milliseconds
    private static final Pattern DETACHED = Pattern.compile("(?i).*\\.(mhd|nhdr|hdr|img)(\\.gz)?");

    private final SerializableConfiguration configuration;

    Storage(Configuration configuration) {
        this.configuration = new SerializableConfiguration(configuration);
    }

    private FileSystem system(Path path) throws IOException {
        return path.getFileSystem(configuration.value());
    }

    /// A path as the executors understand it, whatever folder they run in: absolute, and with its scheme.
    String absolute(String text) throws IOException {
        Path path = new Path(text);
        return system(path).makeQualified(path).toString();
    }

    /// The path of a file on this machine; null if the file is elsewhere.
    static java.nio.file.@Nullable Path here(String absolute) {
        Path path = new Path(absolute);
        return "file".equals(path.toUri().getScheme()) ? java.nio.file.Path.of(path.toUri().getPath()) : null;
    }

    /// The last part of a path.
    static String nameOf(String absolute) {
        return new Path(absolute).getName();
    }

    /// A file in a folder.
    static String in(String folder, String name) {
        return new Path(new Path(folder), new Path(null, null, name)).toString();
    }

    boolean exists(String absolute) throws IOException {
        Path path = new Path(absolute);
        return system(path).exists(path);
    }

    boolean isFolder(String absolute) throws IOException {
        Path path = new Path(absolute);
        FileSystem system = system(path);
        return system.exists(path) && system.getFileStatus(path).isDirectory();
    }

    /// The files that a pattern with `*`, `?`, `[…]` and `{…}` matches, sorted.
    List<String> matching(String pattern) throws IOException {
        Path path = new Path(pattern);
        FileStatus[] found = system(path).globStatus(path);
        List<String> paths = new ArrayList<>();
        for (FileStatus one : found == null ? new FileStatus[0] : found) paths.add(one.getPath().toString());
        return paths.stream().sorted().toList();
    }

    /// All files below a folder, as paths relative to it.
    List<String> below(String folder) throws IOException {
        Path root = system(new Path(folder)).makeQualified(new Path(folder));
        RemoteIterator<LocatedFileStatus> files = system(root).listFiles(root, true);
        List<String> paths = new ArrayList<>();
        while (files.hasNext()) paths.add(root.toUri().relativize(files.next().getPath().toUri()).getPath());
        return paths.stream().sorted().toList();
    }

    /// The bytes of a file, or of all files in a folder, and the number of files.
    long[] size(String absolute) throws IOException {
        Path path = new Path(absolute);
        FileStatus status = system(path).getFileStatus(path);
        if (!status.isDirectory()) return new long[]{status.getLen(), 1};
        long bytes = 0, files = 0;
        for (FileStatus one : system(path).listStatus(path)) {
            bytes += one.getLen();
            files++;
        }
        return new long[]{bytes, files};
    }

    /// The first bytes of a file.
    byte[] start(String absolute, int bytes) throws IOException {
        Path path = new Path(absolute);
        try (InputStream in = system(path).open(path)) {
            return in.readNBytes(bytes);
        }
    }

    /// A file or folder as it is on this machine: itself, or a copy in a folder. If a header has its data in another file, that one is copied too.
    java.nio.file.Path fetch(String absolute, java.nio.file.Path into) throws IOException {
        java.nio.file.Path own = here(absolute);
        if (own != null) return own;
        Path path = new Path(absolute);
        FileSystem system = system(path);
        if (!system.exists(path)) throw new NoSuchFileException(absolute);
        Files.createDirectories(into);
        for (Path one : DETACHED.matcher(path.getName()).matches() ? besides(system, path) : List.of(path))
            system.copyToLocalFile(false, one, new Path(into.resolve(one.getName()).toUri()), true);
        return into.resolve(path.getName());
    }

    private static List<Path> besides(FileSystem system, Path header) throws IOException {
        List<Path> files = new ArrayList<>();
        for (FileStatus one : system.listStatus(header.getParent()))
            if (belongs(one.getPath().getName(), header.getName())) files.add(one.getPath());
        return files;
    }

    /// Whether a file belongs to the same volume as another: it is that file, or holds the data for its header.
    static boolean belongs(String name, String to) {
        if (!DETACHED.matcher(to).matches()) return name.equals(to);
        return name.toLowerCase(Locale.ROOT).startsWith(to.toLowerCase(Locale.ROOT).replaceFirst("\\.(mhd|nhdr|hdr|img)(\\.gz)?$", "."));
    }

    /// Makes a folder, and deletes unfinished files that killed jobs left in it.
    void make(String folder) throws IOException {
        java.nio.file.Path own = here(folder);
        if (own != null) {
            Files.createDirectories(own);
            AtomicFile.sweep(own);
            return;
        }
        Path path = new Path(folder);
        FileSystem system = system(path);
        system.mkdirs(path);
        for (FileStatus one : system.listStatus(path, file -> AtomicFile.isTemporary(java.nio.file.Path.of(file.getName()))))
            if (one.getModificationTime() < System.currentTimeMillis() - A_DAY) system.delete(one.getPath(), false);
    }

    /// Puts a file of this machine into a folder, replacing one that is there: it is written under a temporary name, then renamed. A killed job
    /// leaves the old file or the new one.
    void put(java.nio.file.Path from, String folder) throws IOException {
        put(from, folder, String.valueOf(from.getFileName()));
    }

    /// Puts a file into a folder under another name.
    void put(java.nio.file.Path from, String folder, String name) throws IOException {
        java.nio.file.Path own = here(folder);
        if (own != null) {
            Files.createDirectories(own);
            AtomicFile.write(own.resolve(name), out -> Files.copy(from, out));
            return;
        }
        Path target = new Path(in(folder, name)), temporary = new Path(in(folder, ".samovar-" + UUID.randomUUID() + ".tmp"));
        FileSystem system = system(target);
        try {
            try (FSDataOutputStream out = system.create(temporary, false)) {
                Files.copy(from, out);
                if (out.hasCapability(StreamCapabilities.HSYNC)) out.hsync();
            }
            FileContext.getFileContext(target.toUri(), configuration.value()).rename(temporary, target, Options.Rename.OVERWRITE);
        } finally {
            system.delete(temporary, false);
        }
    }

    /// The short text in a file; empty if there is no such file.
    String text(String absolute) throws IOException {
        return exists(absolute) ? new String(start(absolute, 1 << 16), StandardCharsets.UTF_8) : "";
    }

    /// Deletes a file, if it is there.
    void delete(String absolute) throws IOException {
        Path path = new Path(absolute);
        system(path).delete(path, false);
    }

    /// Deletes a folder of this machine with all that is in it.
    static void delete(java.nio.file.Path folder) throws IOException {
        try (var all = Files.walk(folder)) {
            for (java.nio.file.Path one : all.sorted(Comparator.reverseOrder()).toList()) Files.deleteIfExists(one);
        }
    }
}
