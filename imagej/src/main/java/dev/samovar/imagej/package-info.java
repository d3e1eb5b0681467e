/// Samovar as a plugin of ImageJ and Fiji.
@NullMarked
package dev.samovar.imagej;

import org.jspecify.annotations.NullMarked;
