/// Samovar over whole data sets, on Apache Spark: jobs that do what verbs of the command line do, file by file on many machines, and functions for data frames.
///
/// Each job is a class for `spark-submit` and a method for programs: [Embed], [Predict], [Masks], [Evaluate], [Verify], [Study]. The functions are in [Samovar].
@NullMarked
package dev.samovar.spark;

import org.jspecify.annotations.NullMarked;
