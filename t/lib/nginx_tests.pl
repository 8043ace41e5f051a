# nginx' own test suite, without the module and with it: what differs?
#
#   perl -It/lib t/lib/nginx_tests.pl FOLDER [FILE...]
#
# FOLDER holds the suite, FILEs are names in it (all that are not of mail,
# stream or QUIC). Each runs four ways: nginx alone ("alone"); with a watched
# store and a Redis, where nothing of what it asks for is a cancel or an order
# ("watched"); with a block that goes into any page, the same for all
# ("public"); and with one that depends on the visitor's language ("private").
# What fails with the module and not without it is a difference. It must be listed in t/lib/nginx_tests.txt, which
# docs/nginx-tests.md explains; one that is not makes the run fail.
#
# The suite waits by the clock here and there. So a file that differs runs twice
# more each way, and only what failed each time with the module, and never
# without it, counts; the rest is told as unsteady. ORDERSAVE_NGINX and
# ORDERSAVE_MODULE name another nginx, as for all tests; ORDERSAVE_JOBS is how
# many files run at once.

use strict;
use warnings;
use v5.30;

use Cwd qw(abs_path);
use File::Basename qw(basename dirname);
use File::Spec;
use JSON::PP qw(encode_json);
use OrderSave::Nginx;
use POSIX qw(_exit);

my @ways = qw(alone watched public private);

my $folder = abs_path(shift // die "usage: nginx_tests.pl FOLDER [FILE...]\n");
-f "$folder/lib/Test/Nginx.pm" or die "$folder holds no test suite of nginx\n";

my @files = @ARGV ? map { basename $_ } @ARGV
    : grep { !/^(?:mail|stream|quic|h3|imap|pop3|smtp)/ }
      map { basename $_ } sort glob "$folder/*.t";

my ($nginx) = grep { -x } map { File::Spec->rel2abs("$_/" . ($ENV{ORDERSAVE_NGINX} // 'nginx')) }
    $ENV{ORDERSAVE_NGINX} ? '' : split /:/, $ENV{PATH};
$nginx or die "there is no nginx\n";

# The store of the watched ways. The folder is a new one: $t keeps it.
my $t = OrderSave::Nginx->new(share => "$OrderSave::Nginx::ROOT/campaign");
mkdir $t->path('templates');
mkdir $t->path('results');
chmod 0777, $t->path('results');
$t->write('templates/block_note.html.mustache', '<p>a block of ours</p>');
$t->start_redis;

$t->write('public.json', encode_json($t->campaign(locales => ['en'], country_locales => {})));

sub store {
    my ($campaign, $more) = @_;
    return <<"END" . $more;
ordersave_share $t->{share};
ordersave_redis 127.0.0.1:$t->{redis_port};
ordersave_spool $t->{dir}/spool;
ordersave_store $t->{store};
ordersave_campaign $t->{dir}/$campaign.json;
ordersave_key_file $t->{dir}/keys;
ordersave_cancel \$ordersave_has_cancel_order;
ordersave_order_id \$ordersave_arg_order_id;
ordersave_proof \$ordersave_arg_order;
END
}

my $panel = "ordersave_track on;\nordersave_anchor after h1;\n";
my $insert = "ordersave_insert note append body;\nordersave_types *;\n";
my %http = (
    alone   => '',
    watched => store('campaign', $panel),
    public  => store('public', $insert),
    private => store('campaign', $panel . $insert),
);

sub environment {
    my ($way) = @_;
    my $globals = $> == 0 ? "user root;\n" : '';

    $globals .= "load_module $t->{module};\n"
        if $way ne 'alone' && !$ENV{ORDERSAVE_STATIC};

    return (
        TEST_NGINX_BINARY       => $nginx,
        TEST_NGINX_GLOBALS      => $globals,
        TEST_NGINX_GLOBALS_HTTP => $http{$way},
        # Debian's modules lie here; another nginx has them inside
        $ENV{ORDERSAVE_NGINX} ? () : (TEST_NGINX_MODULES => '/usr/lib/nginx/modules'),
    );
}

# Runs one file one way, into a file of results.
sub run_file {
    my ($file, $way, $time) = @_;
    my %more = environment($way);

    chdir $folder or _exit(1);
    @ENV{keys %more} = values %more;
    open STDOUT, '>', $t->path("results/$file.$way.$time") or _exit(1);
    open STDERR, '>', $t->path("results/$file.$way.$time.err") or _exit(1);
    open STDIN, '<', '/dev/null';
    exec 'timeout', '-k', '5', '300', 'perl', '-Ilib', $file or _exit(1);
}

# Many of them, a few at once.
sub run_all {
    my ($time, @jobs) = @_;
    my $most = $ENV{ORDERSAVE_JOBS} // 2;
    my $running = 0;

    for my $job (@jobs) {
        if ($running >= $most) { wait_one(); $running-- }
        my $pid = fork // die "fork: $!";
        run_file(@$job, $time) if $pid == 0;
        $t->{pids}{"job$pid"} = $pid;
        $running++;
    }
    while ($running--) { wait_one() }
}

# Redis is a child as well
sub wait_one {
    while ((my $pid = wait) > 0) {
        my $code = $?;
        return if delete $t->{pids}{"job$pid"};
        die "a process died that should not have: $pid ($code)\n";
    }
}

# What failed: the numbers and names of tests, or that the file broke off.
sub failed {
    my ($file, $way, $time) = @_;
    my (%failed, $plan, $count);

    $count = 0;
    open my $fh, '<', $t->path("results/$file.$way.$time") or return {'it did not run' => 1};
    while (my $line = <$fh>) {
        $plan = $1 if $line =~ /^1\.\.(\d+)/;
        next unless $line =~ /^(not )?ok (\d+)(?: - (.*?))?(\s*# (?:TODO|skip)\b.*)?$/i;
        $count++;
        # two tests of one name in a file are told apart by the second's number
        $failed{$3 // $2} = 1 if $1 && !$4;
    }
    $failed{'it broke off'} = 1 if !defined $plan || $count != $plan;
    return \%failed;
}

my %listed;
for my $line (split /\n/, do {
        open my $fh, '<', "$OrderSave::Nginx::ROOT/t/lib/nginx_tests.txt" or die $!;
        local $/;
        <$fh> })
{
    next if $line =~ /^\s*(#|$)/;
    my ($way, $file, $most, $why) = split ' ', $line, 4;
    $listed{$way}{$file} = [$most, $why];
}

say "once each: " . @files . " files, " . @ways . " ways";
run_all(1, map { my $f = $_; map { [$f, $_] } @ways } @files);

my @again;
for my $file (@files) {
    my $alone = failed($file, 'alone', 1);
    push @again, $file if grep {
        my $f = failed($file, $_, 1);
        grep { !$alone->{$_} } keys %$f;
    } @ways[1 .. $#ways];
}

say "twice more: @again";
run_all($_, map { my $f = $_; map { [$f, $_] } @ways } @again) for 2, 3;

my (%differs, @unsteady, $faults);
for my $file (@again) {
    my %alone = map { %{failed($file, 'alone', $_)} } 1 .. 3;
    for my $way (@ways[1 .. $#ways]) {
        my %times;
        for my $time (1 .. 3) { $times{$_}++ for keys %{failed($file, $way, $time)} }
        for my $what (sort keys %times) {
            next if $alone{$what};
            if ($times{$what} < 3) { push @unsteady, "$way $file: $what"; next }
            my ($most, $why) = @{$listed{$way}{$file} // [0]};
            my $known = ++$differs{$way}{$file} <= $most;
            $faults++ unless $known;
            say +($known ? "known ($why)" : 'NEW') . " $way $file: $what";
        }
    }
}

say "unsteady $_" for @unsteady;

my ($ran, $bad) = (0, 0);
for my $file (@files) {
    my $f = failed($file, 'alone', 1);
    $bad++ if %$f;
    open my $fh, '<', $t->path("results/$file.alone.1") or next;
    $ran++ if grep { /^ok/ } <$fh>;
}
say "$ran of " . @files . " files have something to run in this nginx, $bad fail in part without the module";

for my $way (sort keys %listed) {
    for my $file (sort keys %{$listed{$way}}) {
        next if !grep { $_ eq $file } @files or $differs{$way}{$file};
        say "gone: $way $file differs no more";
    }
}

$t->stop_redis;
system 'cp', '-r', $t->path('results'), $ENV{KEEP_LOGS} if $ENV{KEEP_LOGS};
exit(0) unless $faults;
say "$faults differences are not listed";
exit 1;
