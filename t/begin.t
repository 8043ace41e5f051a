#!/usr/bin/env perl

# The campaign to begin with is one, observes, and check names what of it is
# nobody's own yet.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;

use OrderSave::Worker;

my $t = OrderSave::Worker->new->start(no_worker => 1);
my $text = do { open my $f, '<:raw', 'campaign/begin.json' or die $!; local $/; <$f> };
my $begin = JSON::PP->new->utf8->decode($text);

$t->write('api-key', "ck:cs\n");
$t->write('campaign.json', $text);
my ($rc, $out) = $t->ctl('check');
like $out, qr/^ok - configuration, campaigns and sources$/m, 'it is a campaign';
like $out, qr/^not ok - no word of an example is left: "shop\.example", "Your shop", "your street"$/m,
    'and says what is left of it';
is $begin->{state}, 'observe', 'it observes';
like $out, qr/^ok - shop: words at a cancel: by mail to help\@shop\.example$/m, 'check says where what is typed goes';
unlike $out, qr/: to nobody/, '  and nothing goes to nobody';

$text =~ s/shop\.example/lamps.test/g;
$text =~ s/your shop, your street, your town/Lamps, 3 Quay, Port/gi;
$text =~ s/Your shop/Lamps/g;
$t->write('campaign.json', $text);
($rc, $out) = $t->ctl('check');
like $out, qr/^ok - no word of an example is left$/m, 'until all of it is the shop\'s own';

delete $begin->{mail};
$t->write('campaign.json', JSON::PP->new->utf8->encode($begin));
($rc, $out) = $t->ctl('check');
like $out, qr/^not ok - shop: a review: to nobody$/m, 'without mail, what is typed goes to nobody: that is a finding';
is $rc, 1, '  and the status says so';

$t->stop;
done_testing;
