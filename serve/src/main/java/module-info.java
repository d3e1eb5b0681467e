import org.jspecify.annotations.NullMarked;

/// The page in a browser, and the local server behind it.
@NullMarked module dev.samovar.serve {
    requires transitive dev.samovar.models;
    requires jdk.httpserver;
    requires static org.jspecify;

    exports dev.samovar.serve;
}
