import org.jspecify.annotations.NullMarked;

/// The command line: the only part that prints.
@SuppressWarnings("requires-automatic") // XChart's jar has no module descriptor
@NullMarked module dev.samovar.cli {
    requires dev.samovar.convert;
    requires dev.samovar.cuda;
    requires dev.samovar.mini;
    requires dev.samovar.models;
    requires dev.samovar.serve;
    requires info.picocli;
    requires jdk.management;
    requires xchart;
    requires static jdk.incubator.vector;
    requires static org.jspecify;

    opens dev.samovar.cli to info.picocli;
}
