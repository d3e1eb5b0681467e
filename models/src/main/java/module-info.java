import org.jspecify.annotations.NullMarked;

/// The Segment Anything Model, and what is built on it.
@SuppressWarnings("requires-automatic") // EJML's jars have no module descriptors
@NullMarked module dev.samovar.models {
    requires transitive dev.samovar.imaging;
    requires ejml.core;
    requires ejml.ddense;
    requires java.management;
    requires static org.jspecify;

    exports dev.samovar.models.augment;
    exports dev.samovar.models.data;
    exports dev.samovar.models.edit;
    exports dev.samovar.models.generator;
    exports dev.samovar.models.heads;
    exports dev.samovar.models.mask;
    exports dev.samovar.models.medsam;
    exports dev.samovar.models.methods;
    exports dev.samovar.models.metrics;
    exports dev.samovar.models.pretrain;
    exports dev.samovar.models.resample;
    exports dev.samovar.models.sam;
    exports dev.samovar.models.scenes;
    exports dev.samovar.models.study;
    exports dev.samovar.models.train;
    exports dev.samovar.models.unet;
    exports dev.samovar.models.view;
}
