# Works out with metafor what the examples should give, and writes expected.json beside itself.
#   Rscript benchmarks/metafor/expected.R
# Needs the R packages metafor and jsonlite (Debian: r-cran-metafor, r-cran-jsonlite).

suppressPackageStartupMessages({
  library(metafor)
  library(jsonlite)
})

here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE)))
tight <- list(threshold = 1e-12, maxiter = 1000)
root <- list(tol = 1e-13, maxiter = 10000, tau2.max = 1e6)

effects <- function(measure, d) {
  made <- switch(measure,
    PLO = escalc("PLO", xi = d$events, ni = d$total),
    MD = escalc("MD",
      m1i = d$mean, sd1i = d$deviation, n1i = d$size,
      m2i = d$reference_mean, sd2i = d$reference_deviation, n2i = d$reference_size
    ),
    HR = data.frame(yi = d$observed_less_expected / d$variance, vi = 1 / d$variance),
    CI = data.frame(
      yi = log(d$ratio),
      vi = ((log(d$upper) - log(d$lower)) / (2 * qnorm(0.975)))^2
    ),
    escalc(measure,
      ai = d$events, n1i = d$total, ci = d$reference_events, n2i = d$reference_total
    )
  )
  data.frame(yi = as.numeric(made$yi), vi = as.numeric(made$vi))
}

# With one tau^2 for all groups where `groups` is given: then the estimates are those of groups.
fit <- function(e, method, test, level = 95, ...) {
  rma(yi, vi,
    data = e, method = method, test = test, level = level, control = tight, ...
  )
}

plain <- function(m, full = TRUE) {
  told <- list(
    k = m$k, estimate = m$beta[1], error = m$se[1], lower = m$ci.lb[1], upper = m$ci.ub[1],
    statistic = m$zval[1], p = m$pval[1], q = m$QE, q_p = m$QEp
  )
  if (m$k > 1) told <- c(told, list(i2 = m$I2, h2 = m$H2, weights = as.numeric(weights(m))))
  if (m$method == "FE" || m$k == 1) return(told)
  told$tau2 <- m$tau2
  told$tau2_error <- m$se.tau2
  ahead <- predict(m)
  told$prediction_lower <- ahead$pi.lb
  told$prediction_upper <- ahead$pi.ub
  if (full) {
    around <- confint(m, control = root)$random
    told$tau2_lower <- around["tau^2", "ci.lb"]
    told$tau2_upper <- around["tau^2", "ci.ub"]
    told$i2_lower <- around["I^2(%)", "ci.lb"]
    told$i2_upper <- around["I^2(%)", "ci.ub"]
    told$h2_lower <- around["H^2", "ci.lb"]
    told$h2_upper <- around["H^2", "ci.ub"]
  }
  told
}

without <- function(m) {
  left <- leave1out(m)
  told <- list(
    estimate = left$estimate, error = left$se, lower = left$ci.lb, upper = left$ci.ub,
    statistic = if (is.null(left$tval)) left$zval else left$tval, p = left$pval, q = left$Q, q_p = left$Qp
  )
  if (m$k > 2) told <- c(told, list(i2 = left$I2, h2 = left$H2))
  if (m$method != "FE") told$tau2 <- left$tau2
  lapply(told, as.numeric)
}

models <- list(
  "REML, Hartung-Knapp" = c("REML", "knha"),
  "REML, truncated Hartung-Knapp" = c("REML", "adhoc"),
  "REML, normal" = c("REML", "z"),
  "DL, Hartung-Knapp" = c("DL", "knha"),
  "DL, normal" = c("DL", "z"),
  "fixed" = c("FE", "z")
)

shared <- function(e, group, method, test) {
  m <- fit(e, method, test, mods = ~ 0 + group)
  b <- fit(e, method, test, mods = ~ group)
  ahead <- predict(m, newmods = diag(nlevels(group)))
  list(
    tau2 = m$tau2, statistic = b$QM, p = b$QMp,
    df_residual = if (test == "z") NULL else b$k - b$p,
    estimate = as.numeric(m$beta), error = m$se, lower = m$ci.lb, upper = m$ci.ub,
    prediction_lower = ahead$pi.lb, prediction_upper = ahead$pi.ub
  )
}

apart <- function(e, group, method, test) {
  each <- lapply(split(e, group), function(part) {
    if (nrow(part) > 1) fit(part, method, test) else fit(part, "FE", "z")
  })
  means <- sapply(each, function(m) m$beta[1])
  errors <- sapply(each, function(m) m$se[1])
  b <- rma(means, sei = errors, mods = ~ factor(names(each)), method = "FE")
  list(
    tau2 = as.numeric(sapply(each, function(m) m$tau2)), statistic = b$QM, p = b$QMp,
    estimate = as.numeric(means), error = as.numeric(errors),
    lower = as.numeric(sapply(each, function(m) m$ci.lb[1])),
    upper = as.numeric(sapply(each, function(m) m$ci.ub[1]))
  )
}

compared <- function(e, d) {
  group <- factor(d$group, levels = unique(d$group))
  list(
    labels = levels(group),
    "shared, Hartung-Knapp" = shared(e, group, "REML", "knha"),
    "shared, normal" = shared(e, group, "REML", "z"),
    "apart, Hartung-Knapp" = apart(e, group, "REML", "knha"),
    "apart, normal" = apart(e, group, "REML", "z"),
    "fixed" = apart(e, group, "FE", "z")
  )
}

work <- function(example) {
  d <- read.csv(
    file.path(here, "data", paste0(example$file, ".csv")),
    stringsAsFactors = FALSE, encoding = "UTF-8"
  )
  if (!is.na(example$rows)) d <- head(d, example$rows)
  e <- effects(example$measure, d)
  fits <- lapply(models, function(m) fit(e, m[1], m[2]))
  told <- list(
    effects = list(yi = e$yi, vi = e$vi),
    models = c(
      lapply(fits, plain),
      list("REML, Hartung-Knapp, 90 %" = plain(fit(e, "REML", "knha", level = 90)))
    ),
    without = lapply(fits[c("REML, Hartung-Knapp", "REML, normal", "fixed")], without)
  )
  if (is.null(d$group) || length(unique(d$group)) < 2 || nrow(d) < 4) return(told)
  told$groups <- compared(e, d)
  told
}

examples <- read.csv(file.path(here, "examples.csv"), stringsAsFactors = FALSE)
answers <- lapply(split(examples, seq_len(nrow(examples))), work)
names(answers) <- examples$name
made_with <- list(
  R = as.character(getRversion()), metafor = as.character(packageVersion("metafor")),
  threshold = tight$threshold
)
as_text <- function(x) toJSON(x, digits = I(14), auto_unbox = TRUE, null = "null", na = "null")
lines <- mapply(function(name, x) paste0(as_text(name), ": ", as_text(x)), names(answers), answers)
writeLines(
  c(
    paste0("{\"made_with\": ", as_text(made_with), ","),
    "\"examples\": {", paste(lines, collapse = ",\n"), "}}"
  ),
  file.path(here, "expected.json"), useBytes = TRUE
)
