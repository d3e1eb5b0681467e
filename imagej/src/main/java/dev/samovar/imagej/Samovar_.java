package dev.samovar.imagej;

import ij.IJ;
import ij.plugin.PlugIn;

/// What ImageJ's menu calls, with the command's name. This class alone is compiled for Java 8, so that an ImageJ on an older Java gets a sentence instead of an `UnsupportedClassVersionError`.
public final class Samovar_ implements PlugIn {
    private static final int NEEDED = 25;

    /// Called by ImageJ.
    public Samovar_() {}

    @Override
    public void run(String command) {
        String version = System.getProperty("java.specification.version");
        if (isOld(version)) {
            IJ.error("Samovar", tooOld(version));
            return;
        }
        try {
            Class.forName("dev.samovar.imagej.Commands").getMethod("run", String.class).invoke(null, command);
        } catch (ReflectiveOperationException e) {
            IJ.handleException(e);
        }
    }

    /// Whether a Java of this version, `1.8` or `21`, is too old.
    static boolean isOld(String version) {
        return version.startsWith("1.") || Integer.parseInt(version) < NEEDED;
    }

    /// What to do then.
    static String tooOld(String version) {
        return "Samovar needs Java " + NEEDED + ", and this ImageJ runs on Java " + version
                + ".\nInstall a JDK 25.0.3 or newer (https://adoptium.net) and start with it:\n"
                + "ImageJ: java --add-modules jdk.incubator.vector -jar ij.jar\nFiji: its launcher with --java-home FOLDER-OF-THE-JDK";
    }
}
