# The suite runs Perl tests as forks of itself (OrderSave::Forked): one that fails,
# dies, ends with a status or has no plan is seen to, and one that passes passes.

use strict;
use warnings;

use File::Temp ();
use Test::More;

my $folder = File::Temp->newdir;
my %text = (
    passes  => "use Test::More; ok 1; done_testing;",
    fails   => "use Test::More; ok 1; ok 0; done_testing;",
    dies    => "use Test::More; ok 1; die 'for a test of the suite';",
    status  => "print qq{1..1\\nok 1\\n}; exit 3;",
    plan    => "use Test::More; ok 1;",
    nothing => "1;",
    broken  => "use Test::More; ok(;",
    killed  => "print qq{1..1\\nok 1\\n}; kill KILL => \$\$; sleep 9;",
    empty   => "print qq{1..1\\n}, (my \$none = '', 'x' =~ /\$none/) ? qq{ok 1\\n} : qq{not ok 1\\n};",
    own     => "print qq{1..1\\n}, \$0 =~ /own/ && !\@ARGV && !\$INC{'Test/More.pm'} ? qq{ok 1\\n} : qq{not ok 1\\n};",
);
for my $name (keys %text) {
    open my $file, '>', "$folder/$name.t" or die "$name: $!";
    print $file $text{$name};
}

# a process that has not loaded Test::More, as the suite has not
open my $suite, '-|', $^X, '-It/lib', '-MOrderSave::Forked', '-MTAP::Parser', '-e', <<'EOT', $folder, sort keys %text or die "perl: $!";
open STDERR, '>', '/dev/null';
my $folder = shift;
'm' =~ /m/;                         # which an empty pattern would mean
for my $name (splice @ARGV) {
    my $parser = TAP::Parser->new({iterator => OrderSave::Forked->new("$folder/$name.t")});
    $parser->run;
    print "$name ", $parser->has_problems ? 'bad' : 'good', ' ', $parser->wait, "\n";
}
EOT
my %is = map { split ' ', $_, 2 } <$suite>;
chomp %is;
is_deeply \%is, {passes => 'good 0', fails => 'bad 256', dies => 'bad 65280', status => 'bad 768', plan => 'bad 65024',
    nothing => 'bad 0', broken => 'bad 65280', killed => 'bad 9', empty => 'good 0', own => 'good 0'}, 'each is what it is';

done_testing;
