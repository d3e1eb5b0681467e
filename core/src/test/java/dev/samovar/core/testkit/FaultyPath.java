package dev.samovar.core.testkit;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import org.jspecify.annotations.Nullable;

/// A path of the machine, which leads to [FaultyFiles].
record FaultyPath(FaultyFileSystem files, Path machines) implements Path {
    private Path wrapped(Path path) {
        return files.wrapped(path);
    }

    private @Nullable Path wrappedOrNull(@Nullable Path path) {
        return path == null ? null : files.wrapped(path);
    }

    @Override
    public FileSystem getFileSystem() {
        return files;
    }

    @Override
    public boolean isAbsolute() {
        return machines.isAbsolute();
    }

    @Override
    public @Nullable Path getRoot() {
        return wrappedOrNull(machines.getRoot());
    }

    @Override
    public @Nullable Path getFileName() {
        return wrappedOrNull(machines.getFileName());
    }

    @Override
    public @Nullable Path getParent() {
        return wrappedOrNull(machines.getParent());
    }

    @Override
    public int getNameCount() {
        return machines.getNameCount();
    }

    @Override
    public Path getName(int index) {
        return wrapped(machines.getName(index));
    }

    @Override
    public Path subpath(int from, int to) {
        return wrapped(machines.subpath(from, to));
    }

    @Override
    public boolean startsWith(Path other) {
        return machines.startsWith(FaultyFiles.unwrapped(other));
    }

    @Override
    public boolean endsWith(Path other) {
        return machines.endsWith(FaultyFiles.unwrapped(other));
    }

    @Override
    public Path normalize() {
        return wrapped(machines.normalize());
    }

    @Override
    public Path resolve(Path other) {
        return wrapped(machines.resolve(FaultyFiles.unwrapped(other)));
    }

    @Override
    public Path relativize(Path other) {
        return wrapped(machines.relativize(FaultyFiles.unwrapped(other)));
    }

    @Override
    public URI toUri() {
        return machines.toUri();
    }

    @Override
    public Path toAbsolutePath() {
        return wrapped(machines.toAbsolutePath());
    }

    @Override
    public Path toRealPath(LinkOption... options) throws IOException {
        return wrapped(machines.toRealPath(options));
    }

    @Override
    public File toFile() {
        return new File(toString());
    }

    @Override
    public WatchKey register(WatchService watcher, WatchEvent.Kind<?>[] events, WatchEvent.Modifier... modifiers) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int compareTo(Path other) {
        return machines.compareTo(FaultyFiles.unwrapped(other));
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof FaultyPath path && machines.equals(path.machines);
    }

    @Override
    public int hashCode() {
        return machines.hashCode();
    }

    @Override
    public String toString() {
        return machines.toString();
    }
}
