import org.jspecify.annotations.NullMarked;

/// Pictures and volumes, and the files that hold them.
@SuppressWarnings("requires-automatic") // EJML's and jai-imageio's jars have no module descriptors
@NullMarked module dev.samovar.imaging {
    requires transitive dev.samovar.core;
    requires ejml.core;
    requires ejml.ddense;
    requires transitive java.desktop;
    requires static jai.imageio.jpeg2000;
    requires static org.jspecify;

    exports dev.samovar.imaging;
    exports dev.samovar.imaging.dicom;
    exports dev.samovar.imaging.format;
}
