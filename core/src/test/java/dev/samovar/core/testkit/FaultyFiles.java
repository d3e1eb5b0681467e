package dev.samovar.core.testkit;

import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.spi.FileSystemProvider;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The default file system of a JVM started by [#command]: it does what the machine's does, until [Faults] makes an operation fail.
public final class FaultyFiles extends FileSystemProvider {
    private final FileSystemProvider machine;
    private final FaultyFileSystem files;

    /// Called by the JVM.
    public FaultyFiles(FileSystemProvider machine) {
        this.machine = machine;
        files = new FaultyFileSystem(this, machine.getFileSystem(URI.create("file:///")));
    }

    /// The command that starts a JVM with this file system, the class path of this JVM, and a main class.
    public static List<String> command(Class<?> main, Object... args) {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djava.nio.file.spi.DefaultFileSystemProvider=" + FaultyFiles.class.getName(), "-Djava.awt.headless=true",
                "--add-modules", "jdk.incubator.vector", "-XX:+UseSerialGC", "-Xmx512m", "-cp",
                System.getProperty("java.class.path"), main.getName()));
        for (Object arg : args) command.add(arg.toString());
        return command;
    }

    /// The machine's path behind a path of this file system.
    static Path unwrapped(Path path) {
        return path instanceof FaultyPath faulty ? faulty.machines() : path;
    }

    @Override
    public String getScheme() {
        return machine.getScheme();
    }

    @Override
    public FileSystem newFileSystem(URI uri, Map<String, ?> env) throws IOException {
        return machine.newFileSystem(uri, env);
    }

    @Override
    public FileSystem getFileSystem(URI uri) {
        return files;
    }

    @Override
    public Path getPath(URI uri) {
        return files.wrapped(machine.getPath(uri));
    }

    @Override
    public SeekableByteChannel newByteChannel(Path path, Set<? extends OpenOption> options, FileAttribute<?>... attrs) throws IOException {
        return newFileChannel(path, options, attrs);
    }

    @Override
    public FileChannel newFileChannel(Path path, Set<? extends OpenOption> options, FileAttribute<?>... attrs) throws IOException {
        Path there = unwrapped(path);
        if (Files.isDirectory(there)) return new FaultyChannel(machine.newFileChannel(there, options, attrs), there);
        if (!options.contains(StandardOpenOption.WRITE) && !options.contains(StandardOpenOption.APPEND))
            return machine.newFileChannel(there, options, attrs);
        if (!Files.exists(there)) Faults.happens("create", there);
        return new FaultyChannel(machine.newFileChannel(there, options, attrs), there);
    }

    @Override
    public DirectoryStream<Path> newDirectoryStream(Path dir, DirectoryStream.Filter<? super Path> filter) throws IOException {
        DirectoryStream<Path> stream = machine.newDirectoryStream(unwrapped(dir), path -> filter.accept(files.wrapped(path)));
        return new DirectoryStream<>() {
            @Override
            public Iterator<Path> iterator() {
                Iterator<Path> paths = stream.iterator();
                return new Iterator<>() {
                    @Override
                    public boolean hasNext() {
                        return paths.hasNext();
                    }

                    @Override
                    public Path next() {
                        return files.wrapped(paths.next());
                    }
                };
            }

            @Override
            public void close() throws IOException {
                stream.close();
            }
        };
    }

    @Override
    public void createDirectory(Path dir, FileAttribute<?>... attrs) throws IOException {
        if (!Files.exists(unwrapped(dir))) Faults.happens("mkdir", unwrapped(dir));
        machine.createDirectory(unwrapped(dir), attrs);
    }

    @Override
    public void createSymbolicLink(Path link, Path target, FileAttribute<?>... attrs) throws IOException {
        Faults.happens("link", unwrapped(link));
        machine.createSymbolicLink(unwrapped(link), unwrapped(target), attrs);
    }

    @Override
    public void createLink(Path link, Path existing) throws IOException {
        Faults.happens("link", unwrapped(link));
        machine.createLink(unwrapped(link), unwrapped(existing));
    }

    @Override
    public Path readSymbolicLink(Path link) throws IOException {
        return files.wrapped(machine.readSymbolicLink(unwrapped(link)));
    }

    @Override
    public void delete(Path path) throws IOException {
        boolean isTemporary = path.toString().endsWith(".tmp");                    // a temporary file that cannot be removed is swept later
        if (!isTemporary && Files.exists(unwrapped(path))) Faults.happens("delete", unwrapped(path));
        machine.delete(unwrapped(path));
    }

    @Override
    public void copy(Path source, Path target, CopyOption... options) throws IOException {
        Faults.happens("copy", unwrapped(target));
        machine.copy(unwrapped(source), unwrapped(target), options);
    }

    @Override
    public void move(Path source, Path target, CopyOption... options) throws IOException {
        Faults.happens("move", unwrapped(target));
        machine.move(unwrapped(source), unwrapped(target), options);
    }

    @Override
    public boolean isSameFile(Path path, Path other) throws IOException {
        return machine.isSameFile(unwrapped(path), unwrapped(other));
    }

    @Override
    public boolean isHidden(Path path) throws IOException {
        return machine.isHidden(unwrapped(path));
    }

    @Override
    public FileStore getFileStore(Path path) throws IOException {
        return machine.getFileStore(unwrapped(path));
    }

    @Override
    public void checkAccess(Path path, AccessMode... modes) throws IOException {
        machine.checkAccess(unwrapped(path), modes);
    }

    @Override
    public <V extends FileAttributeView> @Nullable V getFileAttributeView(Path path, Class<V> type, LinkOption... options) {
        return machine.getFileAttributeView(unwrapped(path), type, options);
    }

    @Override
    public <A extends BasicFileAttributes> A readAttributes(Path path, Class<A> type, LinkOption... options) throws IOException {
        return machine.readAttributes(unwrapped(path), type, options);
    }

    @Override
    public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options) throws IOException {
        return machine.readAttributes(unwrapped(path), attributes, options);
    }

    @Override
    public void setAttribute(Path path, String attribute, Object value, LinkOption... options) throws IOException {
        machine.setAttribute(unwrapped(path), attribute, value, options);
    }
}
