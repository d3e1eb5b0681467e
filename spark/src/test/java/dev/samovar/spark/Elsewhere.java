package dev.samovar.spark;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Arrays;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.DelegateToFileSystem;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;

/// The local disk under another scheme: like HDFS, a file system that only Hadoop can read.
public final class Elsewhere extends RawLocalFileSystem {
    static final String SCHEME = "elsewhere";

    /// Called by Hadoop.
    public Elsewhere() {}

    @Override
    public URI getUri() {
        return URI.create(SCHEME + ":///");
    }

    @Override
    public String getScheme() {
        return SCHEME;
    }

    @Override
    public FileStatus getFileStatus(Path file) throws IOException {
        return plain(super.getFileStatus(file));
    }

    @Override
    public FileStatus[] listStatus(Path folder) throws IOException {
        return Arrays.stream(super.listStatus(folder)).map(Elsewhere::plain).toArray(FileStatus[]::new);
    }

    /// The status without the attributes that only a local disk has.
    private static FileStatus plain(FileStatus status) {
        return new FileStatus(status.getLen(), status.isDirectory(), 1, status.getBlockSize(), status.getModificationTime(), status.getPath());
    }

    /// This file system for Hadoop's newer API.
    public static final class Context extends DelegateToFileSystem {
        /// Called by Hadoop.
        public Context(URI uri, Configuration configuration) throws IOException, URISyntaxException {
            super(uri, new Elsewhere(), configuration, SCHEME, false);
        }
    }
}
